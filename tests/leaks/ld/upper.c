#include <stdio.h>

/* Declared here and not in a header, as old programs do. */
extern int utf8proc_toupper(int);

int upper(int c)
{
	return utf8proc_toupper(c);
}
