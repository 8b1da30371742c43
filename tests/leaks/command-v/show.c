#include <stdio.h>

static const unsigned char text[] = {
#include "bytes.h"
};

int main(void)
{
	return fwrite(text, 1, sizeof text, stdout) != sizeof text;
}
