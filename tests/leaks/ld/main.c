#include <stdio.h>

extern int upper(int);

int main(void)
{
	return printf("U+%04X\n", upper(0xe9)) < 0;
}
