#include <Xmd.h>
#include <Xauth.h>
#include <stdio.h>

int main(void)
{
	return printf("%zu %d\n", sizeof(CARD32), FamilyLocal) < 0;
}
