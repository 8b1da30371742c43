/* greet says hello, and how small that gets. */
#include <stdio.h>
#include <string.h>
#include <zlib.h>
#ifdef HAVE_BZIP2
#include <bzlib.h>
#endif

int main(void)
{
	char text[512] = "", packed[2048];
	uLongf size = sizeof packed;

	for (int i = 0; i < 32; i++)
		strcat(text, "hello, world\n");
	if (compress((Bytef *)packed, &size, (Bytef *)text, strlen(text)) != Z_OK)
		return 1;
	printf("hello, world: %zu bytes, %lu with zlib", strlen(text), (unsigned long)size);
#ifdef HAVE_BZIP2
	unsigned int small = sizeof packed;
	if (BZ2_bzBuffToBuffCompress(packed, &small, text, strlen(text), 9, 0, 0) != BZ_OK)
		return 1;
	printf(", %u with bzip2", small);
#endif
	printf("\n");
	return 0;
}
