/* See schema.h. */
#include "conf/schema.h"

#include <string.h>

#define AT(type, member) .offset = (uint16_t)offsetof(struct type, member)
#define AT2(type, member) .offset2 = (uint16_t)offsetof(struct type, member)
#define SCHEMA(name, section_text, ...)                                                            \
	static const struct key name##_keys[] = { __VA_ARGS__ };                                   \
	const struct schema schema_##name = { section_text, name##_keys, array_count(name##_keys) }

SCHEMA(external_check, "policy.external-check",
       { "date", VALUE_DATE, CHECK_DATE, true, AT(external_check, date), .example = "\"2026-04-01\"" },
       { "body", VALUE_TEXT, CHECK_BODY, true, AT(external_check, body), .example = "\"監査法人○○\"" },
       { "report", VALUE_TEXT, CHECK_REPORT, true, AT(external_check, report),
	 .example = "\"文書88\"" },
       { "submitted", VALUE_DATE, CHECK_SUBMITTED, true, AT(external_check, submitted),
	 .example = "\"2026-04-20\"" });

SCHEMA(external_audit, "policy.external-audit",
       { "body", VALUE_TEXT, AUDIT_BODY, true, AT(external_audit, body),
	 .example = "\"監査法人○○\"" },
       { "next-due", VALUE_DATE, AUDIT_NEXT_DUE, true, AT(external_audit, next_due),
	 .example = "\"2027-03-31\"" });

SCHEMA(policy, "policy",
       { "organisation", VALUE_TEXT, HEAD_ORGANISATION, true, AT(head, organisation),
	 .example = "\"青嶺市\"" },
       { "gateway", VALUE_TEXT, HEAD_GATEWAY, true, AT(head, gateway), .example = "\"fw-core\"" },
       { "edition", VALUE_WORD, HEAD_EDITION, true, AT(head, edition), .words = &words_edition },
       { "model", VALUE_WORD, HEAD_MODEL, true, AT(head, model), .words = &words_model },
       { "timezone", VALUE_TEXT, HEAD_TIMEZONE, false, AT(head, timezone),
	 .example = "\"Asia/Tokyo\"" },
       { "adopt", VALUE_TEXT_LIST, HEAD_ADOPT, false, AT(head, adopt),
	 .example = "[\"G6.1-log-1y\"]" },
       { "external-check", VALUE_GROUP, HEAD_EXTERNAL_CHECK, false, AT(head, external_check),
	 AT2(head, external_check.set), .group = &schema_external_check },
       { "external-audit", VALUE_GROUP, HEAD_EXTERNAL_AUDIT, false, AT(head, external_audit),
	 AT2(head, external_audit.set), .group = &schema_external_audit });

SCHEMA(wireless, "wireless",
       { "security", VALUE_WORD, WIRELESS_SECURITY, true, AT(wireless, security),
	 .words = &words_wlan_security },
       { "client-isolation", VALUE_BOOL, WIRELESS_CLIENT_ISOLATION, false,
	 AT(wireless, client_isolation), .example = "true" },
       { "auth", VALUE_TEXT, WIRELESS_AUTH, false, AT(wireless, auth), .example = "\"eap-tls\"" });

SCHEMA(zone, "zones",
       { "class", VALUE_WORD, ZONE_F_CLASS, true, AT(zone, class), .words = &words_zone_class },
       { "label", VALUE_TEXT, ZONE_F_LABEL, false, AT(zone, label), .example = "\"基幹サーバ\"" },
       { "interface", VALUE_INTERFACE, ZONE_F_INTERFACE, false, AT(zone, interface),
	 .example = "\"eth1\"" },
       { "via", VALUE_NAME, ZONE_F_VIA, false, AT(zone, via_name), .example = "\"x-sc\"" },
       { "networks", VALUE_PREFIX_LIST, ZONE_F_NETWORKS, true, AT(zone, networks),
	 .example = "[\"10.10.1.0/24\"]" },
       { "line", VALUE_WORD, ZONE_F_LINE, true, AT(zone, line), .words = &words_line },
       { "wireless", VALUE_GROUP, ZONE_F_WIRELESS, false, AT(zone, wireless),
	 AT2(zone, wireless.set), .group = &schema_wireless },
       { "ipv6", VALUE_WORD, ZONE_F_IPV6, false, AT(zone, ipv6), .words = &words_ipv6 },
       { "plan", VALUE_TEXT, ZONE_F_PLAN, false, AT(zone, plan), .example = "\"文書55\"" },
       { "serves", VALUE_WORD, ZONE_F_SERVES, false, AT(zone, serves), .words = &words_layer },
       { "dns-gate", VALUE_BOOL, ZONE_F_DNS_GATE, false, AT(zone, dns_gate), .example = "true" });

SCHEMA(host, "hosts",
       { "zone", VALUE_NAME, HOST_ZONE, true, AT(host, zone_name), .example = "\"mn-srv\"" },
       { "ip", VALUE_ADDR, HOST_IP, true, AT(host, ip), .example = "\"10.10.1.11\"" },
       { "mac", VALUE_MAC, HOST_MAC, false, AT(host, mac), .example = "\"00:00:5e:00:53:11\"" },
       { "role", VALUE_WORD, HOST_ROLE, true, AT(host, role), .words = &words_role },
       { "label", VALUE_TEXT, HOST_LABEL, false, AT(host, label), .example = "\"税務サーバ\"" },
       { "owner", VALUE_TEXT, HOST_OWNER, false, AT(host, owner), .example = "\"税務課\"" },
       { "relays", VALUE_WORD_LIST, HOST_RELAYS, false, AT(host, relays),
	 .words = &words_endpoint_kind, .example = "[\"eltax\"]" },
       { "asset", VALUE_TEXT, HOST_ASSET, false, AT(host, asset), .example = "\"MFP-012\"" },
       { "system", VALUE_TEXT, HOST_SYSTEM, false, AT(host, system), .example = "\"S-012\"" },
       { "method", VALUE_WORD, HOST_METHOD, false, AT(host, method),
	 .words = &words_sanitize_method },
       { "resident-data", VALUE_BOOL, HOST_RESIDENT_DATA, false, AT(host, resident_data),
	 .example = "true" },
       { "scope", VALUE_TEXT, HOST_SCOPE, false, AT(host, scope), .example = "\"mynumber-only\"" });

SCHEMA(endpoint, "endpoints",
       { "zone", VALUE_NAME, END_ZONE, true, AT(endpoint, zone_name), .example = "\"x-lgwan\"" },
       { "kind", VALUE_WORD, END_KIND, true, AT(endpoint, kind), .words = &words_endpoint_kind },
       { "label", VALUE_TEXT, END_LABEL, false, AT(endpoint, label), .example = "\"eLTAX\"" },
       { "next-hop", VALUE_NAME, END_NEXT_HOP, false, AT(endpoint, next_hop_name),
	 .example = "\"rt-lgwan\"" },
       { "fqdn", VALUE_FQDN, END_FQDN, false, AT(endpoint, fqdn),
	 .example = "\"shinkoku-renkei.eltax.example\"" },
       { "ip", VALUE_PREFIX, END_IP, false, AT(endpoint, ip), .example = "\"203.0.113.4\"" },
       { "within", VALUE_PREFIX_LIST, END_WITHIN, false, AT(endpoint, within),
	 .example = "[\"198.51.100.0/26\"]" },
       { "internet-connected", VALUE_WORD, END_INTERNET_CONNECTED, false,
	 AT(endpoint, internet_connected), .words = &words_connected },
       { "attested-by", VALUE_TEXT, END_ATTESTED_BY, false, AT(endpoint, attested_by),
	 .example = "\"情報政策課長\"" },
       { "attested-on", VALUE_DATE, END_ATTESTED_ON, false, AT(endpoint, attested_on),
	 .example = "\"2026-04-01\"" },
       { "review-by", VALUE_DATE, END_REVIEW_BY, false, AT(endpoint, review_by),
	 .example = "\"2027-03-31\"" },
       { "asp-registration", VALUE_TEXT, END_ASP_REGISTRATION, false,
	 AT(endpoint, asp_registration), .example = "\"A000000\"" },
       { "ismap", VALUE_TEXT, END_ISMAP, false, AT(endpoint, ismap), .example = "\"C21-0000\"" },
       { "tenant", VALUE_WORD, END_TENANT, false, AT(endpoint, tenant), .words = &words_tenant },
       { "download", VALUE_WORD, END_DOWNLOAD, false, AT(endpoint, download),
	 .words = &words_download },
       { "no-admin-docs", VALUE_BOOL, END_NO_ADMIN_DOCS, false, AT(endpoint, no_admin_docs),
	 .example = "true" },
       { "server-cert", VALUE_TEXT, END_SERVER_CERT, false, AT(endpoint, server_cert),
	 .example = "\"SAN=activation.os-vendor.example\"" });

SCHEMA(window, "window",
       { "days", VALUE_DAYS, WINDOW_F_DAYS, false, AT(window, days), .example = "\"mon-fri\"" },
       { "from", VALUE_CLOCK, WINDOW_F_FROM, false, AT(window, from_sec), .example = "\"07:00\"" },
       { "to", VALUE_CLOCK, WINDOW_F_TO, false, AT(window, to_sec), .example = "\"22:00\"" },
       { "until", VALUE_DATE, WINDOW_F_UNTIL, false, AT(window, until),
	 .example = "\"2027-03-31\"" },
       { "start", VALUE_WALL, WINDOW_F_START, false, AT(window, start),
	 AT2(window, start_offset_sec), .example = "\"2026-12-12T22:00:00+09:00\"" },
       { "end", VALUE_WALL, WINDOW_F_END, false, AT(window, end), AT2(window, end_offset_sec),
	 .example = "\"2026-12-13T02:00:00+09:00\"" },
       { "grant", VALUE_DURATION, WINDOW_F_GRANT, false, AT(window, grant_sec),
	 .example = "\"4h\"" });

SCHEMA(flow, "flows",
       { "class", VALUE_WORD, FLOW_F_CLASS, true, AT(flow, class), .words = &words_flow_class },
       { "from", VALUE_NAME_LIST, FLOW_F_FROM, true, AT(flow, from_names),
	 .example = "\"mn-tax\"" },
       { "to", VALUE_NAME_LIST, FLOW_F_TO, true, AT(flow, to_names), .example = "\"rl-eltax\"" },
       { "proto", VALUE_WORD, FLOW_F_PROTO, true, AT(flow, proto), .words = &words_proto },
       { "ports", VALUE_PORTS, FLOW_F_PORTS, false, AT(flow, ports), .example = "[443]" },
       { "crypto", VALUE_WORD, FLOW_F_CRYPTO, false, AT(flow, crypto), .words = &words_crypto },
       { "data", VALUE_WORD, FLOW_F_DATA, true, AT(flow, data), .words = &words_data },
       { "purpose", VALUE_TEXT, FLOW_F_PURPOSE, true, AT(flow, purpose),
	 .example = "\"申告データの取込み\"" },
       { "clause", VALUE_TEXT_LIST, FLOW_F_CLAUSE, true, AT(flow, clause),
	 .example = "[\"G3.1-relay\"]" },
       { "window", VALUE_WINDOW, FLOW_F_WINDOW, false, AT(flow, window), .group = &schema_window,
	 .example = "{ days = \"mon-fri\"; from = \"07:00\"; to = \"22:00\"; }" },
       { "approval", VALUE_NAME, FLOW_F_APPROVAL, false, AT(flow, approval_name),
	 .example = "\"A-2026-031\"" },
       { "ticket", VALUE_TEXT, FLOW_F_TICKET, false, AT(flow, ticket),
	 .example = "\"CHG-2026-0147\"" },
       { "line", VALUE_WORD, FLOW_F_LINE, false, AT(flow, line), .words = &words_line },
       { "annex", VALUE_TEXT, FLOW_F_ANNEX, false, AT(flow, annex), .example = "\"別紙適合確認 文書12\"" },
       { "product", VALUE_WORD, FLOW_F_PRODUCT, false, AT(flow, product),
	 .words = &words_screen_product },
       { "redirect", VALUE_BOOL, FLOW_F_REDIRECT, false, AT(flow, redirect), .example = "false" },
       { "agreement", VALUE_TEXT, FLOW_F_AGREEMENT, false, AT(flow, agreement),
	 .example = "\"県協議 2026-05-12\"" },
       { "inspect", VALUE_TEXT, FLOW_F_INSPECT, false, AT(flow, inspect), .example = "\"IDS/IPS 文書7\"" },
       { "origin", VALUE_WORD, FLOW_F_ORIGIN, false, AT(flow, origin),
	 .words = &words_beta_origin },
       { "persons", VALUE_TEXT_LIST, FLOW_F_PERSONS, false, AT(flow, persons),
	 .example = "[\"P-01\", \"P-02\"]" },
       { "mfa", VALUE_TEXT, FLOW_F_MFA, false, AT(flow, mfa), .example = "\"FIDO2 文書31\"" },
       { "vendor", VALUE_TEXT, FLOW_F_VENDOR, false, AT(flow, vendor),
	 .example = "\"例示システム 契約K-2025-88\"" },
       { "system", VALUE_TEXT, FLOW_F_SYSTEM, false, AT(flow, system), .example = "\"S-012\"" });

SCHEMA(approval, "approvals",
       { "kind", VALUE_WORD, APPROVAL_F_KIND, true, AT(approval, kind),
	 .words = &words_approval_kind },
       { "applicant", VALUE_TEXT, APPROVAL_F_APPLICANT, true, AT(approval, applicant),
	 .example = "\"税務課 係長\"" },
       { "approvers", VALUE_WORD_LIST, APPROVAL_F_APPROVERS, true, AT(approval, approvers),
	 .words = &words_person, .example = "[\"ciso\", \"tokatsu\"]" },
       { "expires", VALUE_DATE, APPROVAL_F_EXPIRES, true, AT(approval, expires),
	 .example = "\"2027-03-31\"" },
       { "document", VALUE_TEXT, APPROVAL_F_DOCUMENT, true, AT(approval, document),
	 .example = "\"文書123\"" },
       { "date", VALUE_DATE, APPROVAL_F_DATE, false, AT(approval, date),
	 .example = "\"2026-04-01\"" });

SCHEMA(exception, "exceptions",
       { "check", VALUE_TEXT, EXCEPTION_F_CHECK, true, AT(exception, check),
	 .example = "\"E-MNT-PERM\"" },
       { "flow", VALUE_NAME, EXCEPTION_F_FLOW, false, AT(exception, flow_name),
	 .example = "\"F13\"" },
       { "zone", VALUE_NAME, EXCEPTION_F_ZONE, false, AT(exception, zone_name),
	 .example = "\"lg-wlan\"" },
       { "host", VALUE_NAME, EXCEPTION_F_HOST, false, AT(exception, host_name),
	 .example = "\"mn-tax\"" },
       { "endpoint", VALUE_NAME, EXCEPTION_F_ENDPOINT, false, AT(exception, endpoint_name),
	 .example = "\"e-eltax\"" },
       { "reason", VALUE_TEXT, EXCEPTION_F_REASON, true, AT(exception, reason),
	 .example = "\"…\"" },
       { "approval", VALUE_NAME, EXCEPTION_F_APPROVAL, true, AT(exception, approval_name),
	 .example = "\"A-2026-150\"" },
       { "expires", VALUE_DATE, EXCEPTION_F_EXPIRES, true, AT(exception, expires),
	 .example = "\"2026-12-31\"" });

SCHEMA(route, "routes",
       { "to", VALUE_PREFIX, ROUTE_TO, true, AT(route, to), .example = "\"192.0.2.0/24\"" },
       { "via", VALUE_NAME, ROUTE_VIA, true, AT(route, via_name), .example = "\"rt-sc\"" });

SCHEMA(service, "management.ssh",
       { "from", VALUE_NAME, SERVICE_FROM, true, AT(service, from_name),
	 .example = "\"mg-adm\"" },
       { "ports", VALUE_PORTS, SERVICE_PORTS, true, AT(service, ports), .example = "[22]" });

SCHEMA(management, "management",
       { "ssh", VALUE_SERVICES, MANAGEMENT_SSH, false, AT(management, ssh),
	 .group = &schema_service, .example = "( { from = \"mg-adm\"; ports = [22]; } )" },
       { "ntp", VALUE_NAME_LIST, MANAGEMENT_NTP, false, AT(management, ntp_names),
	 .example = "[\"mgm-ntp\"]" },
       { "dns", VALUE_NAME_LIST, MANAGEMENT_DNS, false, AT(management, dns_names),
	 .example = "[\"in-dns\"]" },
       { "syslog", VALUE_NAME_LIST, MANAGEMENT_SYSLOG, false, AT(management, syslog_names),
	 .example = "[\"mgm-log\"]" });

SCHEMA(resolver, "resolver",
       { "servers", VALUE_NAME_LIST, RESOLVER_SERVERS, true, AT(resolver, server_names),
	 .example = "[\"in-dns\"]" },
       { "dnssec", VALUE_WORD, RESOLVER_DNSSEC, true, AT(resolver, dnssec),
	 .words = &words_dnssec },
       { "trust-anchor", VALUE_TEXT, RESOLVER_TRUST_ANCHOR, false, AT(resolver, trust_anchor),
	 .example = "\"/etc/sekisho/root.key\"" });

SCHEMA(logging, "logging",
       { "items", VALUE_WORD_LIST, LOGGING_ITEMS, false, AT(logging, items),
	 .words = &words_log_item, .example = "[\"deny\", \"conn-new\"]" },
       { "retention-days", VALUE_NUMBER, LOGGING_RETENTION_DAYS, false,
	 AT(logging, retention_days), .min = 1, .max = 36500, .example = "400" },
       { "handling", VALUE_TEXT, LOGGING_HANDLING, false, AT(logging, handling),
	 .example = "\"自治体機密性3\"" },
       { "on-failure", VALUE_WORD, LOGGING_ON_FAILURE, false, AT(logging, on_failure),
	 .words = &words_on_failure });

SCHEMA(enforce, "enforce",
       { "repair", VALUE_BOOL, ENFORCE_REPAIR, false, AT(enforce, repair), .example = "true" },
       { "own-tables", VALUE_BOOL, ENFORCE_OWN_TABLES, false, AT(enforce, own_tables),
	 .example = "true" },
       { "full-verify-interval", VALUE_NUMBER, ENFORCE_FULL_VERIFY_INTERVAL, false,
	 AT(enforce, full_verify_interval_sec), .min = 5, .max = 3600, .example = "60" });

const char *const schema_sections[] = { "version",   "policy",	   "zones",	 "hosts",
					"endpoints", "flows",	   "approvals",	 "exceptions",
					"routes",    "management", "resolver",	 "logging",
					"enforce" };
const size_t schema_section_count = array_count(schema_sections);

const struct key *schema_find_key(const struct schema *schema, const char *name)
{
	for (size_t i = 0; i < schema->count; i++)
		if (strcmp(schema->keys[i].name, name) == 0)
			return &schema->keys[i];
	return NULL;
}

const char *schema_nearest_key(const struct schema *schema, const char *misspelt)
{
	unsigned best = (unsigned)(strlen(misspelt) / 3 + 1);
	const char *nearest = NULL;

	for (size_t i = 0; i < schema->count; i++) {
		unsigned distance = word_distance(schema->keys[i].name, misspelt);

		if (distance <= best && (!nearest || distance < best)) {
			best = distance;
			nearest = schema->keys[i].name;
		}
	}
	return nearest;
}
