#include <stdio.h>

static const int table[] = {
#include "table.h"
};

int main(void)
{
	return printf("%d\n", table[7]) < 0;
}
