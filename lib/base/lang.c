/* See lang.h. The catalogue is a GNU .mo file in memory (its layout is in the gettext manual,
 * "The Format of GNU MO Files"): two sorted tables of (length, offset), searched by halves. */
#include "base/lang.h"

#include <stdlib.h>
#include <string.h>

/* Made by the build out of po/ja.po. */
extern const unsigned char lang_ja_mo[];
extern const size_t lang_ja_mo_bytes;

enum { MO_MAGIC = (int)0x950412de };

static enum lang current = LANG_EN;

void lang_set(enum lang lang)
{
	current = lang;
}

enum lang lang_get(void)
{
	return current;
}

enum lang lang_of_environment(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; i < array_count(names); i++) {
		const char *value = getenv(names[i]);

		if (value && value[0])
			return strncmp(value, "ja", 2) == 0 ? LANG_JA : LANG_EN;
	}
	return LANG_EN;
}

static uint32_t mo_word(size_t at)
{
	uint32_t word = 0;

	if (at + sizeof(word) <= lang_ja_mo_bytes)
		memcpy(&word, lang_ja_mo + at, sizeof(word));
	return word;
}

static const char *mo_text(size_t table, uint32_t index)
{
	uint32_t at = mo_word(table + 8 * (size_t)index + 4);

	return at < lang_ja_mo_bytes ? (const char *)lang_ja_mo + at : "";
}

const char *lang_tr(const char *english)
{
	uint32_t low = 0, high;
	size_t originals, translations;

	if (current == LANG_EN || !english[0] || mo_word(0) != (uint32_t)MO_MAGIC)
		return english;
	high = mo_word(8);
	originals = mo_word(12);
	translations = mo_word(16);
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = strcmp(english, mo_text(originals, middle));

		if (order == 0)
			return mo_text(translations, middle);
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return english;
}
