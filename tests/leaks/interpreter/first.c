#include <stdio.h>

static const char *const words[] = {
#include "words.h"
};

int main(void)
{
	return puts(words[0]) < 0;
}
