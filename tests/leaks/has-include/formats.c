#include <stdio.h>

#if __has_include(<lzma.h>)
#include <lzma.h>
#define LZMA "xz " LZMA_VERSION_STRING
#else
#define LZMA "no xz"
#endif

int main(void)
{
	return puts("plain, " LZMA) < 0;
}
