use strict;
use warnings;
use Test::More tests => 1;
use Settings;

my $settings = Settings::parse("---\ncolour: red\n");
is($settings->{colour}, 'red');
open my $result, '>', 'result' or die;
print $result join(',', %$settings), "\n";
