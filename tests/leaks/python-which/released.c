#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	return argc != 2 || printf("%d (released)\n", strspn(argv[1], "0123456789") == strlen(argv[1])) < 0;
}
