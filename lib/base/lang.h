/* The language people read: Japanese under a ja locale, English otherwise.
 *
 * Messages are written in English in the source, as _("…"), and translated by po/ja.po, which
 * the build compiles with msgfmt and puts into the program itself. So the words are there on a
 * gateway whose ja_JP locale was never generated, in an initramfs and in a test, and nobody can
 * change what the auditor reads by changing a file. */
#pragma once

#include "base/base.h"

enum lang { LANG_EN, LANG_JA };

void lang_set(enum lang lang);
enum lang lang_get(void);

/* After LC_ALL, LC_MESSAGES, LANG (the first that is set), as POSIX says. */
enum lang lang_of_environment(void);

const char *lang_tr(const char *english) __attribute__((format_arg(1)));

#define _(text) lang_tr(text)
#define N_(text) text /* marks a text of a table; translated where it is shown */
