/* See svg.h. Knows letters and rectangles; what they mean is the caller's. */
#include "report/svg.h"

#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"

void svg_escape(struct buf *buf, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '&')
			buf_add_text(buf, "&amp;");
		else if (c == '<')
			buf_add_text(buf, "&lt;");
		else if (c == '>')
			buf_add_text(buf, "&gt;");
		else if (c == '"')
			buf_add_text(buf, "&quot;");
		else
			buf_add_char(buf, c < 0x20 ? ' ' : *text); /* XML has no other controls */
	}
}

static void add_tenths(struct buf *buf, int value)
{
	int size = value < 0 ? -value : value;

	buf_printf(buf, "%s%d", value < 0 ? "-" : "", size / 10);
	if (size % 10)
		buf_printf(buf, ".%d", size % 10);
}

static void add_attribute(struct buf *buf, const char *name, int value)
{
	buf_printf(buf, " %s=\"", name);
	add_tenths(buf, value);
	buf_add_char(buf, '"');
}

void svg_open(struct buf *buf, int width, int height, int page_width_mm, int page_height_mm)
{
	buf_add_text(buf, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			  "<svg xmlns=\"http://www.w3.org/2000/svg\"");
	buf_printf(buf, " width=\"%dmm\" height=\"%dmm\" viewBox=\"0 0 ", page_width_mm,
		   page_height_mm);
	add_tenths(buf, width);
	buf_add_char(buf, ' ');
	add_tenths(buf, height);
	buf_add_text(buf, "\" font-family=\"'Noto Sans CJK JP','Noto Sans JP','Hiragino Sans',"
			  "'Yu Gothic','Meiryo',sans-serif\">\n"
			  "<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" "
			  "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
			  "<rect width=\"6\" height=\"6\" fill=\"#f1f1f1\"/>"
			  "<rect width=\"1.2\" height=\"6\" fill=\"#c9c9c9\"/></pattern></defs>\n");
	svg_rect(buf, 0, 0, width, height, "#ffffff", NULL);
}

void svg_close(struct buf *buf)
{
	buf_add_text(buf, "</svg>\n");
}

void svg_rect(struct buf *buf, int x, int y, int width, int height, const char *fill,
	      const char *stroke)
{
	buf_add_text(buf, "<rect");
	add_attribute(buf, "x", x);
	add_attribute(buf, "y", y);
	add_attribute(buf, "width", width);
	add_attribute(buf, "height", height);
	buf_printf(buf, " fill=\"%s\"", fill);
	if (stroke)
		buf_printf(buf, " stroke=\"%s\" stroke-width=\"0.6\"", stroke);
	buf_add_text(buf, "/>\n");
}

void svg_line(struct buf *buf, int x1, int y1, int x2, int y2, int width, const char *stroke)
{
	buf_add_text(buf, "<line");
	add_attribute(buf, "x1", x1);
	add_attribute(buf, "y1", y1);
	add_attribute(buf, "x2", x2);
	add_attribute(buf, "y2", y2);
	add_attribute(buf, "stroke-width", width);
	buf_printf(buf, " stroke=\"%s\"/>\n", stroke);
}

void svg_text(struct buf *buf, int x, int y, struct svg_style style, bool upwards,
	      const char *text)
{
	static const char *const anchors[] = { "start", "middle", "end" };

	buf_add_text(buf, "<text");
	add_attribute(buf, "x", x);
	add_attribute(buf, "y", y);
	add_attribute(buf, "font-size", style.size);
	buf_printf(buf, " fill=\"%s\"", style.fill);
	if (style.bold)
		buf_add_text(buf, " font-weight=\"bold\"");
	if (style.anchor != SVG_START)
		buf_printf(buf, " text-anchor=\"%s\"", anchors[style.anchor]);
	if (upwards) {
		buf_add_text(buf, " transform=\"rotate(-90 ");
		add_tenths(buf, x);
		buf_add_char(buf, ' ');
		add_tenths(buf, y);
		buf_add_text(buf, ")\"");
	}
	buf_add_char(buf, '>');
	svg_escape(buf, text);
	buf_add_text(buf, "</text>\n");
}

/* ---- room ---- */

/* Hundredths of the size that a letter takes. Wide letters are square by design; the others are
 * taken at the broad end of what sans-serif fonts do, so that a fallback font fits as well. */
static int letter_hundredths(const char *at, size_t length)
{
	char letter[5] = { 0 };

	memcpy(letter, at, size_min(length, 4));
	if (utf8_columns(letter) == 2)
		return 100;
	if (length > 1)
		return 100; /* α, ×, →: CJK fonts draw many of them as wide as an ideograph */
	if (*at == 'm' || *at == 'w' || *at == 'M' || *at == 'W' || *at == '@' || *at == '%')
		return 95;
	if (*at >= 'A' && *at <= 'Z')
		return 72;
	return 60;
}

int svg_text_width(const char *text, int size)
{
	const char *end = text + strlen(text);
	int hundredths = 0;

	while (text < end) {
		size_t length = utf8_length(text, end);

		hundredths += letter_hundredths(text, length);
		text += length;
	}
	return (hundredths * size + 99) / 100;
}

/* No line begins with one of these (行頭禁則). */
static bool begins_no_line(const char *at)
{
	static const char *const letters[] = { "。", "、", "）", "」", "・", ")", ",", "." };

	for (size_t i = 0; i < array_count(letters); i++)
		if (strncmp(at, letters[i], strlen(letters[i])) == 0)
			return true;
	return false;
}

size_t svg_text_fit(const char *text, int size, int width)
{
	const char *end = text + strlen(text), *at = text, *rest = text;
	int hundredths = 0;

	while (at < end) {
		size_t length = utf8_length(at, end);
		const char *next = at + length;

		hundredths += letter_hundredths(at, length);
		if ((hundredths * size + 99) / 100 > width)
			break;
		if (next == end)
			return (size_t)(end - text);
		/* a line may end after a blank or an ideograph, not inside a word */
		if (*at == ' ' || ((length > 1 || utf8_length(next, end) > 1) &&
				   !begins_no_line(next)))
			rest = next;
		at = next;
	}
	if (rest > text)
		return (size_t)(rest - text);
	return at > text ? (size_t)(at - text) : utf8_length(text, end);
}

int svg_text_wrapped(struct buf *buf, int x, int y, int width, int line_height,
		     struct svg_style style, const char *text)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();

	while (*text) {
		size_t bytes = svg_text_fit(text, style.size, width), shown = bytes;

		while (shown && text[shown - 1] == ' ')
			shown--;
		if (buf)
			svg_text(buf, x, y, style, false, arena_copy(arena, text, shown));
		y += line_height;
		text += bytes;
	}
	return y;
}
