#include <stdio.h>
#include <yaml.h>

int main(void)
{
	static const unsigned char text[] = "a: 1\nb: 2\n";
	yaml_parser_t parser;
	yaml_token_t token;
	int keys = 0, more = 1;

	yaml_parser_initialize(&parser);
	yaml_parser_set_input_string(&parser, text, sizeof text - 1);
	while (more) {
		if (!yaml_parser_scan(&parser, &token))
			return 1;
		keys += token.type == YAML_KEY_TOKEN;
		more = token.type != YAML_STREAM_END_TOKEN;
		yaml_token_delete(&token);
	}
	yaml_parser_delete(&parser);
	return printf("%d keys\n", keys) < 0;
}
