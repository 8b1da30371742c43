#include <stdio.h>
#include <uriparser/Uri.h>

int main(void)
{
	UriUriA uri;

	if (uriParseSingleUriA(&uri, "https://example.org/path", NULL))
		return 1;
	printf("%.*s\n", (int)(uri.hostText.afterLast - uri.hostText.first), uri.hostText.first);
	uriFreeUriMembersA(&uri);
	return 0;
}
