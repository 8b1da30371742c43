#include <stdio.h>

#ifdef HAVE_BZ2
#include <bzlib.h>
#endif

int main(void)
{
#ifdef HAVE_BZ2
	char packed[256], text[100] = "";
	unsigned n = sizeof packed;

	if (BZ2_bzBuffToBuffCompress(packed, &n, text, sizeof text, 9, 0, 0) != BZ_OK)
		return 1;
	printf("%u bytes\n", n);
#else
	puts("built without bzip2");
#endif
	return 0;
}
