#include <lzma.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
	const char *text = "one line";

	printf("%08x\n", lzma_crc32((const uint8_t *)text, strlen(text), 0));
	return 0;
}
