/* Findings and output as people read them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lang.h"
#include "ctl/command.h"

struct paint {
	const char *severity[3];
	const char *dim, *off;
};

static const struct paint *paint_get(FILE *out)
{
	static const struct paint plain = { { "", "", "" }, "", "" };
	static const struct paint colours = { { "\033[1;31m", "\033[1;33m", "\033[1;36m" },
					      "\033[2m",
					      "\033[0m" };
	const char *no_color = getenv("NO_COLOR");

	return isatty(fileno(out)) && !(no_color && no_color[0]) ? &colours : &plain;
}

static const char *severity_label(enum severity severity)
{
	switch (severity) {
	case SEVERITY_ERROR:
		return _("error");
	case SEVERITY_WARNING:
		return _("warning");
	case SEVERITY_EXCEPTION:
		return _("exception");
	}
	return "";
}

static void src_show(FILE *out, struct src at)
{
	fputs(at.file ? at.file : "-", out);
	if (at.line)
		fprintf(out, ":%u", at.line);
}

/* file:line: severity CODE (clause 強度): message
 *     path
 *     write: hint
 *     see also: file:line */
static void finding_show(FILE *out, const struct paint *paint, const struct err *err)
{
	src_show(out, err->at);
	fprintf(out, ": %s%s %s%s", paint->severity[err->severity], severity_label(err->severity),
		err->code, paint->off);
	if (err->clause)
		fprintf(out, " (%s%s%s)", err->clause, err->strength ? " " : "",
			err->strength ? err->strength : "");
	fprintf(out, ": %s\n", err->message);
	if (err->path && err->path[0])
		fprintf(out, "    %s%s %s%s\n", paint->dim, _("at"), err->path, paint->off);
	if (err->hint)
		fprintf(out, "    → %s\n", err->hint);
	if (err->exception)
		fprintf(out, "    %s %s\n", _("relaxed by exception"), err->exception);
	if (err->also.file) {
		fprintf(out, "    %s ", _("see also"));
		src_show(out, err->also);
		fputc('\n', out);
	}
}

void findings_show(FILE *out, const struct errs *errs)
{
	const struct paint *paint = paint_get(out);
	size_t all = errs->counts[0] + errs->counts[1] + errs->counts[2], shown = 0;

	/* errors first: they are what has to be mended */
	for (int pass = 0; pass < 3; pass++)
		vec_each(err, &errs->list) {
			if (err->severity != (enum severity)pass || shown == FINDINGS_SHOWN)
				continue;
			finding_show(out, paint, err);
			shown++;
		}
	if (all > shown)
		fprintf(out, _("and %zu more\n"), all - shown);
}

static enum status output_end(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return STATUS_GOOD;
	usage_error(_("the output could not be written: %s"), strerror(errno));
	return STATUS_SYSTEM;
}

enum status output_text(const struct buf *text)
{
	fwrite(buf_text(text), 1, text->count, stdout);
	return output_end();
}

enum status output_json(json_t *json)
{
	json_dumpf(json, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII * 0);
	json_decref(json);
	fputc('\n', stdout);
	return output_end();
}

json_t *json_wall(struct wall wall, int offset_sec)
{
	char text[WALL_TEXT_BYTES];

	return json_string(wall_text(wall, offset_sec, text));
}
