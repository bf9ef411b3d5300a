/* The one table of all checks, in the order of the guideline research §3.7. */
#pragma once

#include "guide/judge.h"

struct check {
	const char *code;
	const char *clause;  /* the one it is named after */
	const char *en, *ja; /* the mistake it finds */
	void (*judge)(struct judge *judge);
};

extern const struct check checks[];
extern const size_t checks_count;

const struct check *check_find(const char *code);   /* or NULL */
const char *check_text(const struct check *check);  /* in the reader's language */

void check_01_tok_mac(struct judge *judge);
void check_02_tok_wide(struct judge *judge);
void check_03_sep_loop(struct judge *judge);
void check_04_rel_direct(struct judge *judge);
void check_05_rel_fqdn(struct judge *judge);
void check_06_ext_inet(struct judge *judge);
void check_07_upd_inet(struct judge *judge);
void check_08_mail_proto(struct judge *judge);
void check_09_scr_proto(struct judge *judge);
void check_10_muga_bypass(struct judge *judge);
void check_11_vpn_open(struct judge *judge);
void check_12_mnt_perm(struct judge *judge);
void check_13_prn_share(struct judge *judge);
void check_14_model_brk(struct judge *judge);
void check_15_appr_sod(struct judge *judge);
void check_16_gc_peer(struct judge *judge);
void check_17_gc_inbound(struct judge *judge);
void check_18_dual_transit(struct judge *judge);
void check_19_tele_mn(struct judge *judge);
void check_20_lbo_catch(struct judge *judge);
void check_21_v6_leak(struct judge *judge);
void check_22_wlan_iso(struct judge *judge);
void check_23_log_pol(struct judge *judge);
void check_24_guest(struct judge *judge);
void check_25_consist(struct judge *judge);
void check_26_ident(struct judge *judge);
void check_matrix(struct judge *judge);  /* E-MATRIX: what no check above has named */
void check_clauses(struct judge *judge); /* C-REF: clause ids that do not exist */
void check_dead(struct judge *judge);    /* W-DEAD: flows and parties that permit nothing */
void check_twice(struct judge *judge);   /* W-TWICE: what a list of parties says twice */
void check_proof(struct judge *judge);   /* W-PROOF: what takes too long to prove */

/* After all checks: relaxes what may be relaxed among the findings from `first` on. */
void exceptions_apply(struct judge *judge, size_t first);
