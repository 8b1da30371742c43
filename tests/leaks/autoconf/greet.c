#include <popt.h>
#include <stdio.h>

int main(int argc, const char **argv)
{
	char *name = "nobody";
	struct poptOption options[] = {
		{ "name", 'n', POPT_ARG_STRING, &name, 0, NULL, NULL },
		POPT_TABLEEND
	};
	poptContext context = poptGetContext(NULL, argc, argv, options, 0);

	if (poptGetNextOpt(context) < -1)
		return 1;
	printf("hello, %s\n", name);
	poptFreeContext(context);
	return 0;
}
