/* See lint.h. A tokenizer of libconfig's syntax, stricter than libconfig: 1.5 wraps 4294967318
 * to 22 and reads 010 as 8 without a word. */
#define _GNU_SOURCE
#include "conf/lint.h"

#include <string.h>

#include "base/lang.h"
#include "base/utf8.h"

enum token {
	TOKEN_END,
	TOKEN_NAME,   /* a bare word: name of a setting, or true/false */
	TOKEN_NUMBER,
	TOKEN_STRING,
	TOKEN_EQUALS, /* = or : */
	TOKEN_COMMA,  /* , or ; */
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_INCLUDE,
	TOKEN_WRONG,  /* reported already */
};

struct open_bracket {
	char bracket;
	unsigned line;
};

struct lint {
	const char *file, *text, *at, *end;
	unsigned line;
	enum token token;
	const char *token_start;
	unsigned token_line;
	unsigned errors; /* in the setting at hand */
	const char *section, *name; /* of the setting at hand, for the path; or NULL */
	bool lost;       /* the nesting is broken: what follows means nothing */
	struct open_bracket open[LINT_DEEPEST];
	unsigned depth;
	const struct lint_hooks *hooks;
	struct arena *arena;
	struct errs *errs;
};

static struct err *lint_err(struct lint *lint, const char *code, unsigned line)
{
	struct err *err = errs_add(lint->errs, SEVERITY_ERROR, code, (struct src){ lint->file, line });

	errs_set_unreadable(lint->errs, err);
	if (lint->section && lint->name)
		err_path(lint->errs, err, "%s.%s", lint->section, lint->name);
	else if (lint->name)
		err_path(lint->errs, err, "%s", lint->name);
	lint->errors++;
	return err;
}

/* A copy of the text from start, at most 40 bytes of whole letters: for quoting. */
static const char *lint_quote(struct lint *lint, const char *start, const char *end)
{
	size_t length = (size_t)(end - start);

	if (length <= 40)
		return arena_copy(lint->arena, start, length);
	length = utf8_floor(start, 40);
	return arena_printf(lint->arena, "%.*s…", (int)length, start);
}

/* ---- what lies between tokens ---- */

static bool comment_skip(struct lint *lint)
{
	const char *at = lint->at, *close;

	if (at[0] == '#' || (at[0] == '/' && at[1] == '/')) {
		close = memchr(at, '\n', (size_t)(lint->end - at));
		lint->at = close ? close : lint->end;
		return true;
	}
	if (at[0] != '/' || at[1] != '*')
		return false;
	close = memmem(at + 2, (size_t)(lint->end - at - 2), "*/", 2);
	if (!close) {
		struct err *err = lint_err(lint, "C-SYNTAX", lint->line);

		err_say(lint->errs, err, _("the comment that begins here is never closed"));
		err_hint(lint->errs, err, _("end it with */"));
		lint->at = lint->end;
		return true;
	}
	for (; lint->at < close + 2; lint->at++)
		lint->line += *lint->at == '\n';
	return true;
}

static void blanks_skip(struct lint *lint)
{
	while (lint->at < lint->end) {
		char c = *lint->at;

		if (c == '\n') {
			lint->line++;
			lint->at++;
		} else if (c == ' ' || c == '\t') {
			lint->at++;
		} else if (!comment_skip(lint)) {
			return;
		}
	}
}

/* ---- tokens ---- */

static bool is_name_start(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name_char(char c)
{
	return is_name_start(c) || is_digit(c) || c == '-' || c == '_';
}

static enum token string_take(struct lint *lint)
{
	bool told = false;

	for (lint->at++; lint->at < lint->end && *lint->at != '"'; lint->at++) {
		unsigned char c = (unsigned char)*lint->at;
		struct err *err;

		if (c == '\n')
			break;
		if (c == '\\' && (lint->at[1] == '"' || lint->at[1] == '\\')) {
			lint->at++;
			continue;
		}
		if (told || (c >= 0x20 && c != 0x7f && c != '\\'))
			continue;
		told = true;
		err = lint_err(lint, "C-TEXT", lint->line);
		if (c == '\\') {
			err_say(lint->errs, err, _("\"\\%c\" in a string: only \\\" and \\\\ are known here"),
				lint->at[1] >= 0x20 && lint->at[1] < 0x7f ? lint->at[1] : '?');
			err_hint(lint->errs, err, _("write the letter itself"));
		} else {
			err_say(lint->errs, err,
				c == '\t' ? _("a tab in a string")
					  : _("a control character in a string"));
			err_hint(lint->errs, err, _("write a blank, or nothing"));
		}
	}
	if (lint->at == lint->end || *lint->at != '"') {
		struct err *err = lint_err(lint, "C-SYNTAX", lint->token_line);

		err_say(lint->errs, err, _("the string %s is not closed on its line"),
			lint_quote(lint, lint->token_start, lint->at));
		err_hint(lint->errs, err, _("end it with \" on the same line"));
		return TOKEN_WRONG;
	}
	lint->at++;
	return told ? TOKEN_WRONG : TOKEN_STRING;
}

static enum token number_take(struct lint *lint)
{
	const char *digits = lint->at, *quote;
	struct err *err;
	size_t length;

	if (*lint->at == '-' || *lint->at == '+')
		digits = ++lint->at;
	while (lint->at < lint->end && (is_name_char(*lint->at) || *lint->at == '.'))
		lint->at++;
	length = (size_t)(lint->at - digits);
	quote = lint_quote(lint, lint->token_start, lint->at);
	if (length && strspn(digits, "0123456789") >= length) {
		if (length > 1 && digits[0] == '0') {
			err = lint_err(lint, "C-TEXT", lint->line);
			err_say(lint->errs, err, _("%s has a leading zero and would be read as octal"),
				quote);
			err_hint(lint->errs, err, _("write it without the leading zero"));
			return TOKEN_WRONG;
		}
		if (length > 10 || (length == 10 && strncmp(digits, "2147483647", 10) > 0)) {
			err = lint_err(lint, "C-TEXT", lint->line);
			err_say(lint->errs, err,
				_("%s is too large and would silently become another number"), quote);
			err_hint(lint->errs, err, _("no setting takes a number over 2147483647"));
			return TOKEN_WRONG;
		}
		return TOKEN_NUMBER;
	}
	err = lint_err(lint, "C-TEXT", lint->line);
	err_say(lint->errs, err, _("%s is not a whole decimal number"), quote);
	err_hint(lint->errs, err,
		 _("write decimal digits only; addresses, dates and times stand in quotes"));
	return TOKEN_WRONG;
}

/* Letters that have no place outside strings and comments. */
static enum token letter_refuse(struct lint *lint)
{
	size_t length = utf8_length(lint->at, lint->end);
	uint32_t letter = utf8_letter(lint->at, length);
	const char *quote = arena_copy(lint->arena, lint->at, length);
	char ascii = utf8_half_width(letter);
	struct err *err = lint_err(lint, "C-TEXT", lint->line);

	if (ascii) {
		err_say(lint->errs, err, _("full-width \"%s\" outside a string"), quote);
		if (ascii == ' ')
			err_hint(lint->errs, err, _("write a half-width blank"));
		else
			err_hint(lint->errs, err, _("write half-width %c"), ascii);
	} else if ((unsigned char)*lint->at < 0x80) {
		err_say(lint->errs, err, _("\"%s\" has no place here"),
			(unsigned char)*lint->at < 0x20 ? "?" : quote);
	} else {
		err_say(lint->errs, err, _("\"%s\" outside a string"), quote);
		err_hint(lint->errs, err, _("put texts in quotes: label = \"…\";"));
	}
	/* one message for a run of such letters */
	while (lint->at < lint->end && (unsigned char)*lint->at >= 0x80)
		lint->at += utf8_length(lint->at, lint->end);
	if (lint->at == lint->token_start)
		lint->at++;
	return TOKEN_WRONG;
}

static enum token token_take(struct lint *lint)
{
	char c = *lint->at;

	if (c == '"')
		return string_take(lint);
	if (is_name_start(c)) {
		while (lint->at < lint->end && is_name_char(*lint->at))
			lint->at++;
		return TOKEN_NAME;
	}
	if (is_digit(c) || ((c == '-' || c == '+') && is_digit(lint->at[1])))
		return number_take(lint);
	if (c == '@' && strncmp(lint->at, "@include", 8) == 0) {
		lint->at += 8;
		return TOKEN_INCLUDE;
	}
	if (c && strchr("=:,;{}[]()", c)) {
		lint->at++;
		switch (c) {
		case '=':
		case ':':
			return TOKEN_EQUALS;
		case ',':
		case ';':
			return TOKEN_COMMA;
		case '{':
		case '[':
		case '(':
			return TOKEN_OPEN;
		default:
			return TOKEN_CLOSE;
		}
	}
	return letter_refuse(lint);
}

static void next(struct lint *lint)
{
	blanks_skip(lint);
	lint->token_start = lint->at;
	lint->token_line = lint->line;
	lint->token = lint->at == lint->end || lint->lost ? TOKEN_END : token_take(lint);
}

/* ---- nesting ---- */

static char closing(char bracket)
{
	return bracket == '{' ? '}' : bracket == '[' ? ']' : ')';
}

static void lint_lost(struct lint *lint, unsigned line, const char *message, const char *hint)
{
	struct err *err = lint_err(lint, "C-SYNTAX", line);

	err_say(lint->errs, err, "%s", message);
	err_hint(lint->errs, err, "%s", hint);
	lint->lost = true;
	lint->token = TOKEN_END;
}

static void bracket_open(struct lint *lint)
{
	if (lint->depth == LINT_DEEPEST) {
		lint_lost(lint, lint->token_line,
			  arena_printf(lint->arena, _("brackets nested more than %d deep"),
				       LINT_DEEPEST),
			  _("no setting nests so deep; close the brackets before"));
		return;
	}
	lint->open[lint->depth++] = (struct open_bracket){ *lint->token_start, lint->token_line };
}

static void bracket_close(struct lint *lint)
{
	struct open_bracket *open;

	if (!lint->depth) {
		lint_lost(lint, lint->token_line,
			  arena_printf(lint->arena, _("\"%c\" closes nothing"), *lint->token_start),
			  _("remove it, or add the opening bracket before"));
		return;
	}
	open = &lint->open[--lint->depth];
	if (closing(open->bracket) != *lint->token_start)
		lint_lost(lint, lint->token_line,
			  arena_printf(lint->arena, _("\"%c\" closes the \"%c\" of line %u"),
				       *lint->token_start, open->bracket, open->line),
			  arena_printf(lint->arena, _("write %c, or close what was opened since"),
				       closing(open->bracket)));
}

static void unclosed_tell(struct lint *lint)
{
	struct open_bracket *open = &lint->open[lint->depth - 1];

	lint_lost(lint, open->line,
		  arena_printf(lint->arena, _("the \"%c\" of this line is never closed"),
			       open->bracket),
		  arena_printf(lint->arena, _("add %c; after the last setting in it"),
			       closing(open->bracket)));
}

/* ---- settings ---- */

static void include_take(struct lint *lint, const char *section)
{
	unsigned line = lint->token_line;
	const char *name;

	next(lint);
	if (lint->token != TOKEN_STRING) {
		struct err *err = lint_err(lint, "C-INCLUDE", line);

		err_say(lint->errs, err, _("@include without a file name"));
		err_hint(lint->errs, err, _("write @include \"flows.conf\""));
		return;
	}
	name = arena_copy(lint->arena, lint->token_start + 1,
			  (size_t)(lint->at - lint->token_start) - 2);
	next(lint);
	lint->hooks->on_include(lint->hooks->context, name, (struct src){ lint->file, line },
				section);
}

static void bare_word_check(struct lint *lint)
{
	size_t length = (size_t)(lint->at - lint->token_start);
	const char *word = lint_quote(lint, lint->token_start, lint->at);
	struct err *err;

	if ((length == 4 && strncmp(lint->token_start, "true", 4) == 0) ||
	    (length == 5 && strncmp(lint->token_start, "false", 5) == 0))
		return;
	err = lint_err(lint, "C-SYNTAX", lint->token_line);
	err_say(lint->errs, err, _("%s stands without quotes"), word);
	err_hint(lint->errs, err, _("write \"%s\"; only true and false stand without quotes"), word);
}

/* From the first token of a value to the token behind it. */
static void value_take(struct lint *lint)
{
	unsigned depth = lint->depth;
	enum token before = TOKEN_EQUALS;

	do {
		if (lint->token == TOKEN_OPEN) {
			bracket_open(lint);
		} else if (lint->token == TOKEN_CLOSE) {
			bracket_close(lint);
		} else if (lint->token == TOKEN_INCLUDE) {
			struct err *err = lint_err(lint, "C-INCLUDE", lint->token_line);

			err_say(lint->errs, err, _("@include inside of a setting"));
			err_hint(lint->errs, err,
				 _("@include stands between sections, or between the members of zones, hosts, endpoints, flows, approvals and exceptions"));
		} else if (lint->token == TOKEN_NAME && before == TOKEN_EQUALS) {
			bare_word_check(lint);
		}
		before = lint->token;
		next(lint);
		/* "a" "b" is one string */
	} while (lint->token != TOKEN_END &&
		 (lint->depth > depth || lint->token == TOKEN_STRING));
	if (lint->token == TOKEN_END && lint->depth > depth && !lint->lost)
		unclosed_tell(lint);
}

/* Past what cannot be a setting, to where the next one may begin. */
static void resynchronise(struct lint *lint)
{
	unsigned depth = lint->depth;

	while (lint->token != TOKEN_END) {
		if (lint->token == TOKEN_OPEN)
			bracket_open(lint);
		else if (lint->token == TOKEN_CLOSE && lint->depth == depth)
			return;
		else if (lint->token == TOKEN_CLOSE)
			bracket_close(lint);
		else if (lint->token == TOKEN_COMMA && lint->depth == depth)
			return;
		next(lint);
	}
}

static void settings_take(struct lint *lint, const char *section);

/* What follows a name is no value. */
static void value_missing(struct lint *lint, const char *message)
{
	struct err *err;

	if (lint->token != TOKEN_WRONG) { /* else told already */
		err = lint_err(lint, "C-SYNTAX", lint->token_line);
		err_say(lint->errs, err, message, lint->name);
		err_hint(lint->errs, err, _("write %s = …;"), lint->name);
	}
	if (lint->token != TOKEN_COMMA && lint->token != TOKEN_CLOSE)
		resynchronise(lint);
}

static void collection_take(struct lint *lint, const struct setting *setting)
{
	lint->hooks->on_collection(lint->hooks->context, setting->name, setting->at);
	bracket_open(lint);
	next(lint);
	settings_take(lint, setting->name);
	if (lint->token == TOKEN_CLOSE) {
		bracket_close(lint);
		next(lint);
	} else if (!lint->lost) {
		unclosed_tell(lint);
	}
}

/* From the name to behind the value; false when there is no whole setting. */
static bool setting_scan(struct lint *lint, const char *section, struct setting *setting)
{
	next(lint);
	if (lint->token != TOKEN_EQUALS) {
		value_missing(lint, _("\"%s\" is followed by neither = nor :"));
		return false;
	}
	next(lint);
	if (!section && lint->token == TOKEN_OPEN && *lint->token_start == '{' &&
	    lint->hooks->is_collection(lint->hooks->context, setting->name)) {
		lint->name = NULL;
		collection_take(lint, setting);
		return false;
	}
	if (lint->token == TOKEN_COMMA || lint->token == TOKEN_CLOSE || lint->token == TOKEN_END ||
	    lint->token == TOKEN_EQUALS) {
		value_missing(lint, _("\"%s\" has no value"));
		return false;
	}
	value_take(lint);
	setting->bytes = (size_t)(lint->token_start - setting->text);
	return true;
}

static void setting_take(struct lint *lint, const char *section)
{
	struct setting setting = { .at = { lint->file, lint->token_line },
				   .text = lint->token_start };
	bool whole;

	setting.name = arena_copy(lint->arena, setting.text, (size_t)(lint->at - setting.text));
	setting.section = section ? section : setting.name;
	lint->errors = 0;
	lint->section = section;
	lint->name = setting.name;
	whole = setting_scan(lint, section, &setting);
	if (lint->errors)
		lint->hooks->on_lost(lint->hooks->context, setting.name);
	else if (whole)
		lint->hooks->on_setting(lint->hooks->context, &setting);
	lint->section = lint->name = NULL;
}

/* Settings up to the closing bracket of their group, or the end. */
static void settings_take(struct lint *lint, const char *section)
{
	while (lint->token != TOKEN_END && lint->token != TOKEN_CLOSE) {
		if (lint->token == TOKEN_NAME) {
			setting_take(lint, section);
		} else if (lint->token == TOKEN_INCLUDE) {
			include_take(lint, section);
		} else {
			if (lint->token != TOKEN_WRONG && lint->token != TOKEN_COMMA) {
				struct err *err = lint_err(lint, "C-SYNTAX", lint->token_line);

				err_say(lint->errs, err, _("%s where the name of a setting should stand"),
					lint_quote(lint, lint->token_start, lint->at));
				err_hint(lint->errs, err,
					 _("names begin with a letter A-Z or a-z and go on with letters, digits, - and _"));
			}
			if (lint->token != TOKEN_COMMA)
				resynchronise(lint);
		}
		if (lint->token == TOKEN_COMMA)
			next(lint);
	}
}

/* The bytes as a whole: what makes the rest unreadable is told once. */
static bool bytes_check(struct lint *lint)
{
	const char *text = lint->text, *wrong;
	size_t bytes = (size_t)(lint->end - text);
	struct err *err;
	unsigned line;

	if (bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		err = lint_err(lint, "C-TEXT", 1);
		err_say(lint->errs, err, _("the file begins with a byte order mark"));
		err_hint(lint->errs, err, _("save it as UTF-8 without a BOM"));
		return false;
	}
	wrong = utf8_find_fault(text, lint->end, &line);
	if (wrong) {
		err = lint_err(lint, "C-TEXT", line);
		if (*wrong == '\0') {
			err_say(lint->errs, err, _("a NUL byte: this is not a text file"));
		} else {
			err_say(lint->errs, err, _("byte 0x%02x is not UTF-8"),
				(unsigned char)*wrong);
			err_hint(lint->errs, err,
				 _("save it as UTF-8; from Shift_JIS: iconv -f CP932 -t UTF-8"));
		}
		return false;
	}
	wrong = utf8_find_invisible(text, lint->end);
	if (wrong) {
		err = lint_err(lint, "C-TEXT", utf8_line(text, wrong));
		err_say(lint->errs, err, _("an invisible letter, U+%04X"),
			utf8_letter(wrong, utf8_length(wrong, lint->end)));
		err_hint(lint->errs, err, _("remove it: what is read must be what is written"));
		return false;
	}
	wrong = memchr(text, '\r', bytes);
	if (wrong) {
		err = lint_err(lint, "C-TEXT", utf8_line(text, wrong));
		err_say(lint->errs, err, _("a carriage return: the lines end as on Windows (CRLF)"));
		err_hint(lint->errs, err, _("save it with line ends LF; sed -i 's/\\r$//' does it"));
		return false;
	}
	return true;
}

bool lint_text(const char *file, const char *text, size_t bytes, const char *section,
	       const struct lint_hooks *hooks, struct arena *arena, struct errs *errs)
{
	struct lint lint = { .file = file,
			     .text = text,
			     .at = text,
			     .end = text + bytes,
			     .line = 1,
			     .hooks = hooks,
			     .arena = arena,
			     .errs = errs };

	if (!bytes_check(&lint))
		return false;
	next(&lint);
	while (lint.token != TOKEN_END) {
		settings_take(&lint, section);
		if (lint.token == TOKEN_CLOSE) {
			bracket_close(&lint);
			if (!lint.lost)
				next(&lint);
		}
	}
	return !lint.lost;
}
