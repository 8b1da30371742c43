#include <stdio.h>
#include <string.h>

static const struct { const char *extension, *type; } table[] = {
#include "types.h"
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (argc > 1 && !strcmp(table[i].extension, argv[1]))
			return puts(table[i].type) < 0;
	return 1;
}
