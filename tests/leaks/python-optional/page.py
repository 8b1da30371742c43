"""Writes a page. With markupsafe, values are escaped."""
try:
    from markupsafe import escape
except ImportError:
    escape = str

with open("result", "w") as page:
    page.write("<p>%s</p>\n" % escape("fish & chips"))
