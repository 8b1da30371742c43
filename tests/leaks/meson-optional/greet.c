#include <stdio.h>

#ifdef HAVE_POPT
#include <popt.h>
#endif

int main(int argc, const char **argv)
{
	char *name = "nobody";
#ifdef HAVE_POPT
	struct poptOption options[] = {
		{ "name", 'n', POPT_ARG_STRING, &name, 0, NULL, NULL },
		POPT_TABLEEND
	};
	poptContext context = poptGetContext(NULL, argc, argv, options, 0);

	if (poptGetNextOpt(context) < -1)
		return 1;
	poptFreeContext(context);
#endif
	return printf("hello, %s\n", name) < 0;
}
