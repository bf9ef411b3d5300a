/* The closed vocabularies of the language: each word as the file writes it, as Japanese and as
 * English say it (guideline/clauses.md §7 are the terms). Tables are indexed by their enum. */
#pragma once

#include "base/base.h"
#include "base/lang.h"

struct word {
	const char *word; /* in the file */
	const char *en, *ja;
};

struct words {
	const struct word *items;
	size_t count;
	const char *what; /* "class of a zone": for messages, N_() */
};

enum edition { EDITION_R2_5, EDITION_R7_3 };

enum model {
	MODEL_ALPHA,
	MODEL_ALPHA_PRIME_A,
	MODEL_ALPHA_PRIME_B,
	MODEL_ALPHA_PRIME_C,
	MODEL_BETA,
	MODEL_BETA_PRIME,
	MODELS
};

enum zone_class {
	ZONE_MYNUMBER,
	ZONE_GOVCLOUD_MYNUMBER,
	ZONE_GOVCLOUD_LGWAN,
	ZONE_RELAY_DMZ,
	ZONE_LGWAN,
	ZONE_LGWAN_WAN,
	ZONE_TRUSTED_EXTERNAL,
	ZONE_INTERNET,
	ZONE_SECCLOUD,
	ZONE_INTERNET_DIRECT,
	ZONE_CLOUD_UPDATE_DMZ,
	ZONE_MAINT,
	ZONE_DUAL,
	ZONE_GUEST,
	ZONE_MGMT,
	ZONE_CONSOLE,
	ZONE_CLASSES
};

enum flow_class {
	FLOW_TOKUTEI,
	FLOW_RELAY,
	FLOW_RELAY_INNER,
	FLOW_SCREEN,
	FLOW_MAIL_TEXT,
	FLOW_SANITIZED_FILE,
	FLOW_ASP,
	FLOW_UPDATE,
	FLOW_GOVCLOUD,
	FLOW_MAINTENANCE,
	FLOW_BRANCH,
	FLOW_KIOSK,
	FLOW_PRINT,
	FLOW_EGRESS,
	FLOW_BREAKOUT,
	FLOW_BETA_RELAY,
	FLOW_DUAL,
	FLOW_ALERT,
	FLOW_MONITOR,
	FLOW_TIME,
	FLOW_TELEWORK,
	FLOW_AUTH,
	FLOW_INTRA,
	FLOW_CONSOLE,
	FLOW_CLOUD_UPDATE,
	FLOW_CLASSES
};

enum endpoint_kind {
	KIND_ELTAX,
	KIND_MYNAPORTAL,
	KIND_JICHI_PLATFORM,
	KIND_JUKI_NET,
	KIND_CHUKAN_SERVER,
	KIND_KONBINI,
	KIND_LGWAN_ASP,
	KIND_SECCLOUD,
	KIND_NTP,
	KIND_GOVCLOUD_CONSOLE,
	KIND_OS_UPDATE,
	KIND_SECURITY_UPDATE,
	KIND_ISMAP_CLOUD,
	KIND_J_ALERT,
	KIND_OTHER,
};

enum line {
	LINE_ONPREM,
	LINE_LEASED,
	LINE_CLOSED,
	LINE_LGWAN,
	LINE_IP_VPN,
	LINE_SSL_VPN,
	LINE_INTERNET,
	LINE_CLOUD,
};

enum role {
	ROLE_SERVER,
	ROLE_TERMINAL,
	ROLE_RELAY,         /* 連携サーバ: a dead end between an excepted peer and 番号系 */
	ROLE_ROUTER,        /* the next hop through which outside peers reach us */
	ROLE_PRINTER,
	ROLE_KIOSK,
	ROLE_FILE_SERVER,
	ROLE_MAIL_SERVER,
	ROLE_MAIL_TEXT,     /* メールテキスト化サーバ */
	ROLE_SANITIZER,     /* ファイル無害化サーバ */
	ROLE_VDI,
	ROLE_PROXY,
	ROLE_TENANT_PROXY,
	ROLE_LGWAN_RELAY,   /* β: 中継サーバ */
	ROLE_UPDATE_SERVER,
	ROLE_UPDATE_RELAY,
	ROLE_AUTH_SERVER,
	ROLE_WLAN_CONTROLLER,
	ROLE_LOG_SERVER,
	ROLE_NTP_SERVER,
	ROLE_DNS_SERVER,
	ROLE_JALERT,
	ROLE_MAINT_TERMINAL,
	ROLE_CONSOLE_TERMINAL,
	ROLE_ADMIN_TERMINAL,
};

enum proto { PROTO_TCP, PROTO_UDP, PROTO_ICMP };

enum data_direction { DATA_BOTH, DATA_IN, DATA_OUT, DATA_SCREEN };

enum crypto { CRYPTO_NONE, CRYPTO_TLS, CRYPTO_SSH, CRYPTO_IPSEC };

enum connected { CONNECTED_NO, CONNECTED_YES, CONNECTED_UNKNOWN, CONNECTED_EXEMPT };

enum tenant { TENANT_OWN, TENANT_EXTERNAL };

enum download { DOWNLOAD_DENIED, DOWNLOAD_SANITIZED, DOWNLOAD_ALLOWED };

enum wlan_security {
	WLAN_OPEN,
	WLAN_WEP,
	WLAN_WPA2_PSK,
	WLAN_WPA3_SAE,
	WLAN_WPA2_ENTERPRISE,
	WLAN_WPA3_ENTERPRISE,
};

enum ipv6 { IPV6_CLOSED, IPV6_PLANNED, IPV6_ALLOW };

enum layer { LAYER_MYNUMBER, LAYER_LGWAN, LAYER_INTERNET }; /* the three 系統 */

enum screen_product { SCREEN_RDP, SCREEN_ICA, SCREEN_PCOIP, SCREEN_BLAST };

enum sanitize_method { SANITIZE_TEXT, SANITIZE_IMAGE_PDF, SANITIZE_REBUILD, SANITIZE_INSPECT };

enum beta_origin { ORIGIN_LGWAN_MAIL, ORIGIN_LGWAN_ASP };

enum approval_kind {
	APPROVAL_EXTERNAL_CONNECTION,
	APPROVAL_REMOTE_ACCESS,
	APPROVAL_CHANGE,
	APPROVAL_EXCEPTION,
};

enum person {
	PERSON_CISO,
	PERSON_DEPUTY_CISO,
	PERSON_TOKATSU,  /* 統括情報セキュリティ責任者 */
	PERSON_OFFICER,  /* 情報セキュリティ責任者 */
	PERSON_MANAGER,  /* 情報セキュリティ管理者 */
	PERSON_SYSMGR,   /* 情報システム管理者 */
};

enum log_item {
	LOG_DENY,
	LOG_CONN_NEW,
	LOG_CONN_END,
	LOG_CHANGE,
	LOG_VERIFY,
	LOG_OPERATOR,
	LOG_TIME_SYNC,
	LOG_LINK,
	LOG_NEIGHBOUR,
};

enum on_failure { ON_FAILURE_ALERT, ON_FAILURE_LOCAL_RING, ON_FAILURE_BLOCK_NEW };

enum dnssec { DNSSEC_REQUIRE, DNSSEC_PREFER };

extern const struct words words_edition, words_model, words_zone_class, words_flow_class,
	words_endpoint_kind, words_line, words_role, words_proto, words_data, words_crypto,
	words_connected, words_tenant, words_download, words_wlan_security, words_ipv6, words_layer,
	words_screen_product, words_sanitize_method, words_beta_origin, words_approval_kind,
	words_person, words_log_item, words_on_failure, words_dnssec, words_weekday;

bool words_find(const struct words *words, const char *word, unsigned *ret_value);
const char *words_word(const struct words *words, unsigned value);  /* as the file writes it */
const char *words_label(const struct words *words, unsigned value); /* in the reader's language */

/* The word nearest to a misspelt one, or NULL when none is near. */
const char *words_nearest(const struct words *words, const char *misspelt);

/* Edit distance with transpositions, for "did you mean"; words over 64 bytes are far. */
unsigned word_distance(const char *a, const char *b);
