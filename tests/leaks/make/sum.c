#include <stdio.h>
#include <zlib.h>

int main(void)
{
	return printf("%lu\n", adler32(adler32(0, NULL, 0), (const Bytef *)"abc", 3)) < 0;
}
