#include <ini.h>
#include <stdio.h>

static int show(void *user, const char *section, const char *name, const char *value)
{
	return printf("%s.%s is %s\n", section, name, value) > 0;
}

int main(int argc, char **argv)
{
	return argc != 2 || ini_parse(argv[1], show, NULL);
}
