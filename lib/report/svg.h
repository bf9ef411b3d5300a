/* Drawing: lines of SVG with computed places. Units are tenths of a page unit, as integers, so
 * that the same picture has the same bytes on every machine and in every locale. */
#pragma once

#include "base/buf.h"

enum svg_anchor { SVG_START, SVG_MIDDLE, SVG_END };

struct svg_style {
	int size;           /* of the letters, in tenths */
	const char *fill;   /* "#222" */
	bool bold;
	enum svg_anchor anchor;
};

void svg_open(struct buf *buf, int width, int height, int page_width_mm, int page_height_mm);
void svg_close(struct buf *buf);
void svg_rect(struct buf *buf, int x, int y, int width, int height, const char *fill,
	      const char *stroke);
void svg_line(struct buf *buf, int x1, int y1, int x2, int y2, int width, const char *stroke);

/* y is the base line. `upwards` turns the text so that it is read from below. */
void svg_text(struct buf *buf, int x, int y, struct svg_style style, bool upwards,
	      const char *text);
void svg_escape(struct buf *buf, const char *text);

/* Room that the text takes at that size, with a margin over what the fonts of the family need. */
int svg_text_width(const char *text, int size);

/* The bytes of the text that fit, broken at a blank where there is one; at least one letter. */
size_t svg_text_fit(const char *text, int size, int width);

/* Adds text in as many lines as it needs; gives the y below the last one. buf NULL: measures. */
int svg_text_wrapped(struct buf *buf, int x, int y, int width, int line_height,
		     struct svg_style style, const char *text);
