#!/usr/bin/lua5.4
-- Sorts the words of a text into a C table.
local words = {}
for line in io.lines(arg[1]) do
	for word in line:gmatch("%a+") do words[#words + 1] = word end
end
table.sort(words)
for _, word in ipairs(words) do print(('"%s",'):format(word)) end
