package Settings;
use strict;
use warnings;
use YAML::Tiny;

our $VERSION = '1.0';

sub parse { return YAML::Tiny->read_string(shift)->[0] }

1;
