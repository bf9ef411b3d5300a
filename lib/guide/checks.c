/* See checks.h. */
#include "guide/checks.h"

#include <string.h>

#include "base/lang.h"

const struct check checks[] = {
	{ "E-TOK-MAC", "G3.1-tokutei", "specified communication without a source MAC",
	  "特定通信に送信元MACが無い", check_01_tok_mac },
	{ "E-TOK-WIDE", "G3.1-tokutei", "specified communication too wide",
	  "特定通信が広すぎる", check_02_tok_wide },
	{ "E-SEP-LOOP", "G3.1-no-loophole", "My Number zone joined to another layer",
	  "番号系と他の系統の接続", check_03_sep_loop },
	{ "E-REL-DIRECT", "G3.1-nodirect", "direct path past the relay server",
	  "連携サーバを飛ばす直通", check_04_rel_direct },
	{ "E-REL-FQDN", "G3.1-relay-fqdn", "excepted peer not limited enough",
	  "例外先の限定が不十分", check_05_rel_fqdn },
	{ "E-EXT-INET", "G3.1-ext-noinet", "peer connected to the Internet",
	  "相手先がインターネット接続", check_06_ext_inet },
	{ "E-UPD-INET", "G3.4-upd-noinet", "updates taken from the Internet",
	  "更新のためのインターネット接続", check_07_upd_inet },
	{ "E-MAIL-PROTO", "G3.2-mail", "mail path with more than SMTP",
	  "メール経路にSMTP以外", check_08_mail_proto },
	{ "E-SCR-PROTO", "G3.2-screen", "screen transfer with other ports",
	  "画面転送以外のポート混入", check_09_scr_proto },
	{ "E-MUGA-BYPASS", "G3.2-muga", "way round the sanitiser", "無害化の迂回",
	  check_10_muga_bypass },
	{ "E-VPN-OPEN", "G3.4-vpn", "maintenance without limit or over the Internet",
	  "保守経路が無制限又はインターネット経由", check_11_vpn_open },
	{ "E-MNT-PERM", "G3.1-maint-time", "maintenance path open for good, or over",
	  "保守経路の常時開放・期限切れ", check_12_mnt_perm },
	{ "E-PRN-SHARE", "G3.4-printer-noshare", "printer shared between layers",
	  "複合機を系統間で共用", check_13_prn_share },
	{ "E-MODEL-BRK", "G3.2-ap-only", "breakout or confirmation against the model",
	  "モデル外のブレイクアウト・外部確認の欠落", check_14_model_brk },
	{ "E-APPR-SOD", "G6.1-ext-permit", "approval missing, expired or by oneself",
	  "承認の欠落・期限切れ・自己承認", check_15_appr_sod },
	{ "E-GC-PEER", "C3.2-gc-lgwan", "layers joined inside the cloud",
	  "クラウド上で系統間ピアリング", check_16_gc_peer },
	{ "E-GC-INBOUND", "C3.1-dmz-noin", "inbound to the update DMZ", "更新用DMZへの着信",
	  check_17_gc_inbound },
	{ "E-DUAL-TRANSIT", "G3.4-jalert", "passage through a dual system",
	  "J-ALERT等が中継になる", check_18_dual_transit },
	{ "E-TELE-MN", "G6.2-tele-mynum", "telework reaches the My Number zone",
	  "テレワークから番号系へ到達", check_19_tele_mn },
	{ "E-LBO-CATCH", "G3.3-lbo-pbr", "breakout that catches everything",
	  "LBOの対象が広すぎる", check_20_lbo_catch },
	{ "E-V6-LEAK", "G6.6-v6-suppress", "IPv6 that nobody planned", "IPv6の抜け",
	  check_21_v6_leak },
	{ "E-WLAN-ISO", "G6.1-wlan-iso", "wireless terminals not isolated",
	  "無線の端末間遮断なし", check_22_wlan_iso },
	{ "E-LOG-POL", "G6.1-log-policy", "log policy incomplete", "ログ方針の欠落",
	  check_23_log_pol },
	{ "E-GUEST", "G6.5-guest", "visitors' network joined to the inside",
	  "来庁者網から庁内へ", check_24_guest },
	{ "E-CONSIST", "G6.1-consist", "filter and routing disagree",
	  "フィルタと経路の不整合", check_25_consist },
	{ "E-IDENT", "G6.1-termnet", "register contradicts itself", "台帳の矛盾",
	  check_26_ident },
	{ "E-MATRIX", "G6.2-least", "class of flow not permitted between these layers",
	  "モデルの通信可否表に無い通信", check_matrix },
	{ "C-REF", "P-recommend-optin", "clause that does not exist", "存在しない条項の参照",
	  check_clauses },
	{ "W-DEAD", "G6.2-perm-review", "permission that no packet can use",
	  "どのパケットも使えない許可", check_dead },
	{ "W-TWICE", "G6.2-least", "machine or peer named twice in one list",
	  "一つの並びに同じ機器・相手先が二度ある", check_twice },
	{ "W-PROOF", "G6.1-consist", "too many ranges to prove in time",
	  "証明が間に合わないほど範囲が多い", check_proof },
};

const size_t checks_count = array_count(checks);

const struct check *check_find(const char *code)
{
	for (size_t i = 0; i < checks_count; i++)
		if (strcmp(checks[i].code, code) == 0)
			return &checks[i];
	return NULL;
}

const char *check_text(const struct check *check)
{
	return lang_get() == LANG_JA ? check->ja : check->en;
}
