/* See words.h. */
#include "policy/words.h"

#include <string.h>

#include "base/wall.h"

#define WORDS(name, what_text, ...)                                                                \
	static const struct word name##_items[] = { __VA_ARGS__ };                                 \
	const struct words words_##name = { name##_items, array_count(name##_items), what_text }

WORDS(edition, N_("edition of the guideline"),
      [EDITION_R2_5] = { "R2.5", "2020 edition", "令和2年改定" },
      [EDITION_R7_3] = { "R7.3", "March 2025 edition", "令和7年3月改定" });

WORDS(model, N_("model"),
      [MODEL_ALPHA] = { "alpha", "α model", "αモデル" },
      [MODEL_ALPHA_PRIME_A] = { "alpha-prime-a", "α' model (a)", "α'モデル(ア)" },
      [MODEL_ALPHA_PRIME_B] = { "alpha-prime-b", "α' model (b)", "α'モデル(イ)" },
      [MODEL_ALPHA_PRIME_C] = { "alpha-prime-c", "α' model (c)", "α'モデル(ウ)" },
      [MODEL_BETA] = { "beta", "β model", "βモデル" },
      [MODEL_BETA_PRIME] = { "beta-prime", "β' model", "β'モデル" });

WORDS(zone_class, N_("class of a zone"),
      [ZONE_MYNUMBER] = { "mynumber", "My Number-related affairs zone", "マイナンバー利用事務系" },
      [ZONE_GOVCLOUD_MYNUMBER] = { "govcloud-mynumber", "Government Cloud, My Number side",
				   "ガバメントクラウド(番号系)" },
      [ZONE_GOVCLOUD_LGWAN] = { "govcloud-lgwan", "Government Cloud, LGWAN side",
				"ガバメントクラウド(LGWAN系)" },
      [ZONE_RELAY_DMZ] = { "relay-dmz", "relay server DMZ", "連携サーバDMZ" },
      [ZONE_LGWAN] = { "lgwan", "LGWAN-connected zone", "LGWAN接続系" },
      [ZONE_LGWAN_WAN] = { "lgwan-wan", "Local Government WAN", "総合行政ネットワーク(LGWAN)" },
      [ZONE_TRUSTED_EXTERNAL] = { "trusted-external", "trusted external network", "信頼される外部網" },
      [ZONE_INTERNET] = { "internet", "Internet-connected zone", "インターネット接続系" },
      [ZONE_SECCLOUD] = { "seccloud", "Municipal Information Security Cloud",
			  "自治体情報セキュリティクラウド" },
      [ZONE_INTERNET_DIRECT] = { "internet-direct", "the Internet", "インターネット" },
      [ZONE_CLOUD_UPDATE_DMZ] = { "cloud-update-dmz", "update DMZ in the cloud", "更新用DMZ" },
      [ZONE_MAINT] = { "maint", "maintenance site", "保守拠点" },
      [ZONE_DUAL] = { "dual", "system with a leg in both layers", "両系接続系(J-ALERT等)" },
      [ZONE_GUEST] = { "guest", "visitors' network", "来庁者用網" },
      [ZONE_MGMT] = { "mgmt", "management network", "管理網" },
      [ZONE_CONSOLE] = { "console", "cloud console terminals", "管理コンソール端末" });

WORDS(flow_class, N_("class of a flow"),
      [FLOW_TOKUTEI] = { "tokutei", "specified communication", "特定通信" },
      [FLOW_RELAY] = { "relay", "relay server to excepted peer", "連携サーバから例外先" },
      [FLOW_RELAY_INNER] = { "relay-inner", "My Number zone to relay server", "番号系から連携サーバ" },
      [FLOW_SCREEN] = { "screen", "screen transfer", "画面転送" },
      [FLOW_MAIL_TEXT] = { "mail-text", "mail-to-text conversion", "メールテキスト化" },
      [FLOW_SANITIZED_FILE] = { "sanitized-file", "sanitised files", "無害化済ファイル" },
      [FLOW_ASP] = { "asp", "LGWAN-ASP", "LGWAN-ASP" },
      [FLOW_UPDATE] = { "update", "patches and signatures", "更新・定義の取得" },
      [FLOW_GOVCLOUD] = { "govcloud", "Government Cloud", "ガバメントクラウド" },
      [FLOW_MAINTENANCE] = { "maintenance", "remote maintenance", "遠隔保守" },
      [FLOW_BRANCH] = { "branch", "branch office", "支所・出先" },
      [FLOW_KIOSK] = { "kiosk", "certificate-issuing kiosk", "自動交付機" },
      [FLOW_PRINT] = { "print", "printing", "印刷" },
      [FLOW_EGRESS] = { "egress", "security cloud", "セキュリティクラウド経由" },
      [FLOW_BREAKOUT] = { "breakout", "local breakout", "ローカルブレイクアウト" },
      [FLOW_BETA_RELAY] = { "beta-relay", "β relay of business data", "β中継" },
      [FLOW_DUAL] = { "dual", "J-ALERT and the like", "両系接続(J-ALERT等)" },
      [FLOW_ALERT] = { "alert", "fault notification", "障害通報" },
      [FLOW_MONITOR] = { "monitor", "monitoring", "監視" },
      [FLOW_TIME] = { "time", "time synchronisation", "時刻同期" },
      [FLOW_TELEWORK] = { "telework", "telework", "テレワーク" },
      [FLOW_AUTH] = { "auth", "authentication", "認証" },
      [FLOW_INTRA] = { "intra", "inside one layer", "系内" },
      [FLOW_CONSOLE] = { "console", "cloud management console", "管理コンソール" },
      [FLOW_CLOUD_UPDATE] = { "cloud-update", "cloud update relay", "クラウド更新中継" });

WORDS(endpoint_kind, N_("kind of an endpoint"),
      [KIND_ELTAX] = { "eltax", "eLTAX", "eLTAX" },
      [KIND_MYNAPORTAL] = { "mynaportal", "MynaPortal", "マイナポータル" },
      [KIND_JICHI_PLATFORM] = { "jichi-platform", "Municipal Security Improvement Platform",
				"向上プラットフォーム" },
      [KIND_JUKI_NET] = { "juki-net", "Basic Resident Register Network", "住基ネット" },
      [KIND_CHUKAN_SERVER] = { "chukan-server", "intermediate server", "中間サーバー" },
      [KIND_KONBINI] = { "konbini", "convenience-store issuance", "コンビニ交付" },
      [KIND_LGWAN_ASP] = { "lgwan-asp", "LGWAN-ASP", "LGWAN-ASP" },
      [KIND_SECCLOUD] = { "seccloud", "security cloud", "セキュリティクラウド" },
      [KIND_NTP] = { "ntp", "time server", "時刻サーバ" },
      [KIND_GOVCLOUD_CONSOLE] = { "govcloud-console", "Government Cloud console",
				  "ガバメントクラウド管理コンソール" },
      [KIND_OS_UPDATE] = { "os-update", "OS updates", "OS更新" },
      [KIND_SECURITY_UPDATE] = { "security-update", "licences and signatures", "認証・定義配信" },
      [KIND_ISMAP_CLOUD] = { "ismap-cloud", "ISMAP-listed cloud", "ISMAP登録クラウド" },
      [KIND_J_ALERT] = { "j-alert", "J-ALERT", "J-ALERT" },
      [KIND_OTHER] = { "other", "other", "その他" });

WORDS(line, N_("line"), [LINE_ONPREM] = { "onprem", "inside the building", "庁内" },
      [LINE_LEASED] = { "leased", "dedicated line", "専用回線" },
      [LINE_CLOSED] = { "closed", "closed network", "閉域網" },
      [LINE_LGWAN] = { "lgwan", "LGWAN", "LGWAN" },
      [LINE_IP_VPN] = { "ip-vpn", "IP-VPN", "IP-VPN" },
      [LINE_SSL_VPN] = { "ssl-vpn", "SSL-VPN over the Internet", "SSL-VPN" },
      [LINE_INTERNET] = { "internet", "the Internet", "インターネット" },
      [LINE_CLOUD] = { "cloud", "in the cloud", "クラウド内" });

WORDS(role, N_("role of a host"), [ROLE_SERVER] = { "server", "server", "サーバ" },
      [ROLE_TERMINAL] = { "terminal", "terminal", "端末" },
      [ROLE_RELAY] = { "relay", "relay server", "連携サーバ" },
      [ROLE_ROUTER] = { "router", "router", "ルータ" },
      [ROLE_PRINTER] = { "printer", "multifunction printer", "複合機" },
      [ROLE_KIOSK] = { "kiosk", "kiosk", "自動交付機" },
      [ROLE_FILE_SERVER] = { "file-server", "file server", "ファイルサーバ" },
      [ROLE_MAIL_SERVER] = { "mail-server", "mail server", "メールサーバ" },
      [ROLE_MAIL_TEXT] = { "mail-text", "mail-to-text server", "メールテキスト化サーバ" },
      [ROLE_SANITIZER] = { "sanitizer", "file sanitiser", "無害化サーバ" },
      [ROLE_VDI] = { "vdi", "screen transfer host", "画面転送サーバ" },
      [ROLE_PROXY] = { "proxy", "proxy", "プロキシ" },
      [ROLE_TENANT_PROXY] = { "tenant-proxy", "tenant-restricting proxy", "テナント制御プロキシ" },
      [ROLE_LGWAN_RELAY] = { "lgwan-relay", "β relay server", "中継サーバ" },
      [ROLE_UPDATE_SERVER] = { "update-server", "update server", "更新・定義配信サーバ" },
      [ROLE_UPDATE_RELAY] = { "update-relay", "update relay", "更新中継サーバ" },
      [ROLE_AUTH_SERVER] = { "auth-server", "authentication server", "認証サーバ" },
      [ROLE_WLAN_CONTROLLER] = { "wlan-controller", "wireless controller", "無線LANコントローラ" },
      [ROLE_LOG_SERVER] = { "log-server", "log server", "ログサーバ" },
      [ROLE_NTP_SERVER] = { "ntp-server", "time server", "時刻サーバ" },
      [ROLE_DNS_SERVER] = { "dns-server", "name server", "DNSサーバ" },
      [ROLE_JALERT] = { "jalert", "J-ALERT receiver", "J-ALERT受信機" },
      [ROLE_MAINT_TERMINAL] = { "maint-terminal", "maintenance terminal", "保守端末" },
      [ROLE_CONSOLE_TERMINAL] = { "console-terminal", "console terminal", "管理コンソール専用端末" },
      [ROLE_ADMIN_TERMINAL] = { "admin-terminal", "administration terminal", "管理端末" });

WORDS(proto, N_("protocol"), [PROTO_TCP] = { "tcp", "TCP", "TCP" },
      [PROTO_UDP] = { "udp", "UDP", "UDP" }, [PROTO_ICMP] = { "icmp", "ICMP", "ICMP" });

WORDS(data, N_("direction of data"), [DATA_BOTH] = { "both", "both ways", "双方向" },
      [DATA_IN] = { "in", "inward", "取込み" }, [DATA_OUT] = { "out", "outward", "片方向" },
      [DATA_SCREEN] = { "screen", "screen only", "画面のみ" });

WORDS(crypto, N_("encryption"), [CRYPTO_NONE] = { "none", "none", "なし" },
      [CRYPTO_TLS] = { "tls", "TLS", "TLS" }, [CRYPTO_SSH] = { "ssh", "SSH", "SSH" },
      [CRYPTO_IPSEC] = { "ipsec", "IPsec", "IPsec" });

WORDS(connected, N_("connection of a peer to the Internet"),
      [CONNECTED_NO] = { "no", "not connected to the Internet", "インターネット非接続" },
      [CONNECTED_YES] = { "yes", "connected to the Internet", "インターネット接続あり" },
      [CONNECTED_UNKNOWN] = { "unknown", "unknown", "不明" },
      [CONNECTED_EXEMPT] = { "exempt", "excepted by the guideline", "例外先" });

WORDS(tenant, N_("tenant"), [TENANT_OWN] = { "own", "own tenant", "自団体テナント" },
      [TENANT_EXTERNAL] = { "external", "another body's tenant", "他団体テナント" });

WORDS(download, N_("download"), [DOWNLOAD_DENIED] = { "denied", "denied", "不可" },
      [DOWNLOAD_SANITIZED] = { "sanitized", "sanitised", "無害化して取込み" },
      [DOWNLOAD_ALLOWED] = { "allowed", "allowed", "可" });

WORDS(wlan_security, N_("wireless security"), [WLAN_OPEN] = { "open", "open", "暗号なし" },
      [WLAN_WEP] = { "wep", "WEP", "WEP" },
      [WLAN_WPA2_PSK] = { "wpa2-psk", "WPA2 with a shared key", "WPA2-PSK" },
      [WLAN_WPA3_SAE] = { "wpa3-sae", "WPA3 with a shared key", "WPA3-SAE" },
      [WLAN_WPA2_ENTERPRISE] = { "wpa2-enterprise", "WPA2-Enterprise", "WPA2-Enterprise" },
      [WLAN_WPA3_ENTERPRISE] = { "wpa3-enterprise", "WPA3-Enterprise", "WPA3-Enterprise" });

WORDS(ipv6, N_("use of IPv6"), [IPV6_CLOSED] = { "closed", "closed", "遮断" },
      [IPV6_PLANNED] = { "planned", "planned", "計画あり" },
      [IPV6_ALLOW] = { "allow", "allowed without a plan", "計画なしで許可" });

WORDS(layer, N_("layer"), [LAYER_MYNUMBER] = { "mynumber", "My Number layer", "番号系" },
      [LAYER_LGWAN] = { "lgwan", "LGWAN layer", "LGWAN系" },
      [LAYER_INTERNET] = { "internet", "Internet layer", "ネット系" });

WORDS(screen_product, N_("screen transfer product"), [SCREEN_RDP] = { "rdp", "RDP", "RDP" },
      [SCREEN_ICA] = { "ica", "ICA", "ICA" }, [SCREEN_PCOIP] = { "pcoip", "PCoIP", "PCoIP" },
      [SCREEN_BLAST] = { "blast", "Blast", "Blast" });

WORDS(sanitize_method, N_("method of sanitising"),
      [SANITIZE_TEXT] = { "text-extract", "text extraction", "テキスト抽出" },
      [SANITIZE_IMAGE_PDF] = { "image-pdf", "conversion to an image", "画像PDF化" },
      [SANITIZE_REBUILD] = { "sanitize-rebuild", "rebuilding", "サニタイズ・再構成" },
      [SANITIZE_INSPECT] = { "inspect", "inspection and behaviour analysis", "検査・振る舞い検知" });

WORDS(beta_origin, N_("origin of the data"),
      [ORIGIN_LGWAN_MAIL] = { "lgwan-mail", "LGWAN mail", "LGWANメール" },
      [ORIGIN_LGWAN_ASP] = { "lgwan-asp", "LGWAN-ASP", "LGWAN-ASP" });

WORDS(approval_kind, N_("kind of an approval"),
      [APPROVAL_EXTERNAL_CONNECTION] = { "external-connection", "external connection", "外部接続" },
      [APPROVAL_REMOTE_ACCESS] = { "remote-access", "remote access", "外部からのアクセス" },
      [APPROVAL_CHANGE] = { "change", "change", "変更" },
      [APPROVAL_EXCEPTION] = { "exception", "exception measure", "例外措置" });

WORDS(person, N_("approver"), [PERSON_CISO] = { "ciso", "CISO", "CISO" },
      [PERSON_DEPUTY_CISO] = { "deputy-ciso", "deputy CISO", "副CISO" },
      [PERSON_TOKATSU] = { "tokatsu", "chief information security officer",
			   "統括情報セキュリティ責任者" },
      [PERSON_OFFICER] = { "officer", "information security officer", "情報セキュリティ責任者" },
      [PERSON_MANAGER] = { "manager", "information security manager", "情報セキュリティ管理者" },
      [PERSON_SYSMGR] = { "sysmgr", "information system manager", "情報システム管理者" });

WORDS(log_item, N_("log item"), [LOG_DENY] = { "deny", "refusals", "拒否" },
      [LOG_CONN_NEW] = { "conn-new", "new connections", "通信の開始" },
      [LOG_CONN_END] = { "conn-end", "ended connections", "通信の終了" },
      [LOG_CHANGE] = { "change", "changes", "設定変更" },
      [LOG_VERIFY] = { "verify", "verification", "検証" },
      [LOG_OPERATOR] = { "operator", "operators' actions", "操作" },
      [LOG_TIME_SYNC] = { "time-sync", "time synchronisation", "時刻同期" },
      [LOG_LINK] = { "link", "links", "回線状態" },
      [LOG_NEIGHBOUR] = { "neighbour", "neighbours", "近隣端末" });

WORDS(on_failure, N_("response to the loss of logs"),
      [ON_FAILURE_ALERT] = { "alert", "alert", "警報" },
      [ON_FAILURE_LOCAL_RING] = { "alert+local-ring", "alert and local ring", "警報＋本体内保存" },
      [ON_FAILURE_BLOCK_NEW] = { "block-new", "block new connections", "新規通信の遮断" });

WORDS(dnssec, N_("use of DNSSEC"), [DNSSEC_REQUIRE] = { "require", "required", "必須" },
      [DNSSEC_PREFER] = { "prefer", "preferred", "優先" });

WORDS(weekday, N_("day of the week"), [MONDAY] = { "mon", "Monday", "月" },
      [TUESDAY] = { "tue", "Tuesday", "火" }, [WEDNESDAY] = { "wed", "Wednesday", "水" },
      [THURSDAY] = { "thu", "Thursday", "木" }, [FRIDAY] = { "fri", "Friday", "金" },
      [SATURDAY] = { "sat", "Saturday", "土" }, [SUNDAY] = { "sun", "Sunday", "日" });

bool words_find(const struct words *words, const char *word, unsigned *ret_value)
{
	for (size_t i = 0; i < words->count; i++)
		if (strcmp(words->items[i].word, word) == 0) {
			*ret_value = (unsigned)i;
			return true;
		}
	return false;
}

const char *words_word(const struct words *words, unsigned value)
{
	return value < words->count ? words->items[value].word : "?";
}

const char *words_label(const struct words *words, unsigned value)
{
	if (value >= words->count)
		return "?";
	return lang_get() == LANG_JA ? words->items[value].ja : words->items[value].en;
}

enum { WORD_LONGEST = 64 };

unsigned word_distance(const char *a, const char *b)
{
	/* Damerau-Levenshtein, optimal string alignment, three rows at a time */
	unsigned rows[3][WORD_LONGEST + 1];
	size_t a_length = strlen(a), b_length = strlen(b);

	if (a_length > WORD_LONGEST || b_length > WORD_LONGEST)
		return WORD_LONGEST;
	for (size_t j = 0; j <= b_length; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a_length; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i - 1) % 3], *twice = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_length; j++) {
			unsigned best = above[j - 1] + (a[i - 1] != b[j - 1]);

			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    twice[j - 2] + 1 < best)
				best = twice[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[a_length % 3][b_length];
}

const char *words_nearest(const struct words *words, const char *misspelt)
{
	unsigned best = (unsigned)(strlen(misspelt) / 3 + 1);
	const char *nearest = NULL;

	for (size_t i = 0; i < words->count; i++) {
		unsigned distance = word_distance(words->items[i].word, misspelt);

		if (distance <= best && (!nearest || distance < best)) {
			best = distance;
			nearest = words->items[i].word;
		}
	}
	return nearest;
}
