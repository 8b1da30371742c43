#include <dlfcn.h>
#include <stdio.h>

/* plugin LIBRARY FUNCTION prints what the function says of the library. */
int main(int argc, char **argv)
{
	void *library = argc == 3 ? dlopen(argv[1], RTLD_NOW) : NULL;
	const char *(*version)(void) = library ? (const char *(*)(void))dlsym(library, argv[2]) : NULL;

	if (!version)
		return puts("skipped: no such plugin") < 0;
	return printf("%s %s\n", argv[1], version()) < 0;
}
