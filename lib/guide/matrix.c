/* See matrix.h. */
#include "guide/matrix.h"

#include <string.h>

#include "base/lang.h"

static const struct word letters[LETTERS] = {
	[LETTER_M] = { "M", "My Number-related affairs zone", "番号系" },
	[LETTER_R] = { "R", "relay server DMZ", "連携DMZ" },
	[LETTER_L] = { "L", "LGWAN-connected zone", "LGWAN系" },
	[LETTER_I] = { "I", "Internet-connected zone", "ネット系" },
	[LETTER_W] = { "W", "LGWAN and its ASPs", "LGWAN網/ASP" },
	[LETTER_X] = { "X", "excepted peer", "例外先" },
	[LETTER_T] = { "T", "trusted external peer", "信頼外部先" },
	[LETTER_S] = { "S", "security cloud", "セキュリティクラウド" },
	[LETTER_N] = { "N", "the Internet", "インターネット直" },
	[LETTER_C] = { "C", "approved cloud", "許可クラウド" },
	[LETTER_D] = { "D", "update DMZ in the cloud", "GC更新DMZ" },
	[LETTER_V] = { "V", "maintenance site", "保守拠点" },
	[LETTER_K] = { "K", "console terminal", "コンソール端末" },
	[LETTER_Q] = { "Q", "teleworker", "テレワーク端末" },
	[LETTER_J] = { "J", "J-ALERT and the like", "J-ALERT等" },
	[LETTER_G] = { "G", "visitors", "公衆・来庁者" },
	[LETTER_O] = { "O", "management network", "管理網" },
};

char letter_char(enum letter letter)
{
	return letters[letter].word[0];
}

const char *letter_label(enum letter letter)
{
	return lang_get() == LANG_JA ? letters[letter].ja : letters[letter].en;
}

const char *symbol_text(const struct symbol *symbol)
{
	return lang_get() == LANG_JA ? symbol->ja : symbol->en;
}

const struct symbol *symbol_find(const char *name, size_t name_bytes)
{
	for (size_t i = 0; i < matrix_symbols_count; i++)
		if (strlen(matrix_symbols[i].name) == name_bytes &&
		    memcmp(matrix_symbols[i].name, name, name_bytes) == 0)
			return &matrix_symbols[i];
	return NULL;
}

const char *matrix_cell(enum model model, enum letter from, enum letter to,
			char text[static MATRIX_CELL_BYTES])
{
	const char *at = matrix_rows[model][from];
	size_t count;

	for (unsigned column = 0; column < to; column++)
		at = strchr(at, '|') + 2; /* every row has as many cells as there are letters */
	count = size_min(strcspn(at, "|"), MATRIX_CELL_BYTES - 1);
	while (count && at[count - 1] == ' ')
		count--;
	memcpy(text, at, count);
	text[count] = '\0';
	return text;
}

static uint32_t cell_classes(const char *cell)
{
	uint32_t classes = 0;

	while (*cell) {
		size_t count = strcspn(cell, " ");
		const struct symbol *symbol = symbol_find(cell, count);

		if (symbol) /* × is no symbol: it lists nothing */
			classes |= symbol->classes;
		cell += count + (cell[count] == ' ');
	}
	return classes;
}

void matrix_init(struct matrix *matrix, enum model model)
{
	char cell[MATRIX_CELL_BYTES];

	matrix->model = model;
	for (unsigned from = 0; from < LETTERS; from++)
		for (unsigned to = 0; to < LETTERS; to++)
			matrix->classes[from][to] =
				cell_classes(matrix_cell(model, from, to, cell));
}

enum letter letter_of_class(enum zone_class class)
{
	switch (class) {
	case ZONE_MYNUMBER:
	case ZONE_GOVCLOUD_MYNUMBER: /* C3.1-gc-mynum: treated as 番号系 */
		return LETTER_M;
	case ZONE_GOVCLOUD_LGWAN: /* C3.2-gc-lgwan: treated as LGWAN接続系 */
	case ZONE_LGWAN:
		return LETTER_L;
	case ZONE_RELAY_DMZ:
		return LETTER_R;
	case ZONE_LGWAN_WAN:
		return LETTER_W;
	case ZONE_TRUSTED_EXTERNAL:
		return LETTER_T;
	case ZONE_INTERNET:
		return LETTER_I;
	case ZONE_SECCLOUD:
		return LETTER_S;
	case ZONE_INTERNET_DIRECT:
		return LETTER_N;
	case ZONE_CLOUD_UPDATE_DMZ:
		return LETTER_D;
	case ZONE_MAINT:
		return LETTER_V;
	case ZONE_DUAL:
		return LETTER_J;
	case ZONE_GUEST:
		return LETTER_G;
	case ZONE_MGMT:
		return LETTER_O;
	case ZONE_CONSOLE:
		return LETTER_K;
	case ZONE_CLASSES:
		break;
	}
	return LETTER_N; /* nothing is trusted less */
}

enum letter party_letter(const struct party *party, bool is_source, const struct party *other,
			 const struct flow *flow)
{
	const struct zone *zone = party_zone(party);
	enum letter letter = letter_of_class(zone->class);

	if (is_source && flow->class == FLOW_TELEWORK)
		return LETTER_Q;
	if (party->kind != PARTY_ENDPOINT)
		return letter;
	if (letter == LETTER_W && kind_is_exempt(party->endpoint->kind)) {
		/* LGWAN系 may use 向上プラットフォーム like any ASP */
		bool as_asp = letter_of_class(party_zone(other)->class) == LETTER_L &&
			      party->endpoint->kind == KIND_JICHI_PLATFORM;

		return as_asp ? LETTER_W : LETTER_X;
	}
	if (letter == LETTER_N && (party->endpoint->kind == KIND_ISMAP_CLOUD ||
				   party->endpoint->kind == KIND_SECURITY_UPDATE))
		return LETTER_C;
	return letter;
}

static const char *cell_clause(const struct matrix_reason *reason)
{
	if (reason->from == LETTER_M || reason->to == LETTER_M)
		return "G3.1-sep"; /* 番号系 speaks to nobody */
	if (reason->from == LETTER_L || reason->to == LETTER_L)
		return "G3.2-split";
	return "G6.2-least";
}

/* Two management networks of one layer are inside that layer. */
static bool serve_one(const struct zone *a, const struct zone *b)
{
	return a->class == ZONE_MGMT && b->class == ZONE_MGMT &&
	       node_has(&a->node, ZONE_F_SERVES) && node_has(&b->node, ZONE_F_SERVES) &&
	       a->serves == b->serves;
}

static bool pair_permits(const struct matrix *matrix, const struct flow *flow,
			 struct matrix_reason *reason)
{
	reason->from = party_letter(reason->from_party, true, reason->to_party, flow);
	reason->to = party_letter(reason->to_party, false, reason->from_party, flow);
	/* —: mgmt networks of different layers, two relays' segments and the like stay apart */
	reason->bridges = reason->from == reason->to && reason->from != LETTER_M &&
			  reason->from != LETTER_L && reason->from != LETTER_I &&
			  party_zone(reason->from_party) != party_zone(reason->to_party) &&
			  !serve_one(party_zone(reason->from_party), party_zone(reason->to_party));
	return !reason->bridges &&
	       (matrix->classes[reason->from][reason->to] & 1u << flow->class) != 0;
}

bool matrix_permits(const struct matrix *matrix, const struct flow *flow,
		    struct matrix_reason *ret_reason)
{
	for (size_t f = 0; f < flow->from.count; f++)
		for (size_t t = 0; t < flow->to.count; t++) {
			struct matrix_reason reason = { .from_party = &flow->from.items[f],
							.to_party = &flow->to.items[t] };

			if (pair_permits(matrix, flow, &reason))
				continue;
			matrix_cell(matrix->model, reason.from, reason.to, reason.cell);
			reason.clause = cell_clause(&reason);
			*ret_reason = reason;
			return false;
		}
	return true;
}
