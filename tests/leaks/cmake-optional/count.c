#include <stdio.h>

#ifdef HAVE_EXPAT
#include <expat.h>
static int count;

static void begin(void *data, const XML_Char *name, const XML_Char **attributes)
{
	count++;
}

int main(void)
{
	static const char text[] = "<a><b/><b/></a>";
	XML_Parser parser = XML_ParserCreate(NULL);

	XML_SetStartElementHandler(parser, begin);
	if (XML_Parse(parser, text, sizeof text - 1, 1) != XML_STATUS_OK)
		return 1;
	XML_ParserFree(parser);
	return printf("%d elements\n", count) < 0;
}
#else
int main(void)
{
	return puts("built without XML") < 0;
}
#endif
