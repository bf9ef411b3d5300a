/* Who may open a connection to whom: the six model matrices of the guideline research §2, held
 * as data (matrix_data.c) so that a reader can lay them beside the page, and the symbols in
 * their cells with what each allows. Rows open the connection, columns receive it. Knows flows
 * and parties of a policy; what a cell demands beyond a class of flow is in the checks. */
#pragma once

#include "policy/policy.h"

/* The order of rows and columns on the page. */
enum letter {
	LETTER_M, /* 番号系, also its part of the Government Cloud */
	LETTER_R, /* 連携DMZ */
	LETTER_L, /* LGWAN系, also its part of the Government Cloud */
	LETTER_I, /* ネット系 */
	LETTER_W, /* LGWAN網, ASP */
	LETTER_X, /* 例外先, as 番号系 and its relays see them */
	LETTER_T, /* 信頼外部先 */
	LETTER_S, /* セキュリティクラウド */
	LETTER_N, /* インターネット直 */
	LETTER_C, /* 許可クラウド */
	LETTER_D, /* クラウドの更新DMZ */
	LETTER_V, /* 保守拠点 */
	LETTER_K, /* コンソール端末 */
	LETTER_Q, /* テレワーク端末 */
	LETTER_J, /* J-ALERT等 */
	LETTER_G, /* 公衆・来庁者 */
	LETTER_O, /* 管理網 */
	LETTERS
};

struct symbol {
	const char *name;      /* "Tin" */
	uint32_t classes;      /* bit 1 << enum flow_class */
	const char *clauses;   /* ids with blanks between; the first is the one to cite */
	const char *en, *ja;   /* the condition */
};

extern const struct symbol matrix_symbols[];
extern const size_t matrix_symbols_count;
extern const char *const matrix_rows[MODELS][LETTERS]; /* cells with " | " between */

enum { MATRIX_CELL_BYTES = 24 };

/* The cell as the page has it: "s n1", "×", "—". */
const char *matrix_cell(enum model model, enum letter from, enum letter to,
			char text[static MATRIX_CELL_BYTES]);
const struct symbol *symbol_find(const char *name, size_t name_bytes); /* or NULL */
const char *symbol_text(const struct symbol *symbol); /* its condition, in the reader's language */

char letter_char(enum letter letter);         /* 'M' */
const char *letter_label(enum letter letter); /* in the reader's language */
enum letter letter_of_class(enum zone_class class);

/* The letter of one party in the light of the other and of the flow: an excepted peer is X to
 * 番号系 and its relays, an approved cloud on the Internet is C, who teleworks is Q. */
enum letter party_letter(const struct party *party, bool is_source, const struct party *other,
			 const struct flow *flow);

/* The classes of flow that each cell lists, ready to be asked often. */
struct matrix {
	enum model model;
	uint32_t classes[LETTERS][LETTERS];
};
void matrix_init(struct matrix *matrix, enum model model);

/* Why a flow is not permitted. */
struct matrix_reason {
	enum letter from, to;
	const struct party *from_party, *to_party;
	char cell[MATRIX_CELL_BYTES];
	bool bridges;  /* the cell is —, but the two are in different zones */
	const char *clause;
};

bool matrix_permits(const struct matrix *matrix, const struct flow *flow,
		    struct matrix_reason *ret_reason);
