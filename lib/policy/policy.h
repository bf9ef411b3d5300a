/* The user's words, understood: zones, hosts, endpoints, flows, approvals, exceptions and the
 * gateway's own services. One struct per thing that /etc/sekisho/sekisho.conf can say, every
 * name resolved, every line remembered.
 *
 * Knows no syntax (that is conf/), no guideline (guide/) and no packet filter (rule/). A policy
 * is built once by conf_read(), then const; it is freed whole with its arena.
 *
 * Every object begins with a struct node: who it is and where each of its settings stands.
 * Objects keep the order of the file. Optional texts are NULL, optional dates have .set false. */
#pragma once

#include "base/addr.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/wall.h"
#include "policy/words.h"

enum { FIELDS_MOST = 32 }; /* settings in one group */

struct node {
	const char *id; /* "F05"; "" for groups that exist once */
	struct src at;
	const uint16_t *field_lines; /* lines after at.line, plus one; 0: not written. May be NULL */
};

/* Where a setting stands, or the object's own line if it is not written. */
struct src node_at(const struct node *node, unsigned field);
bool node_has(const struct node *node, unsigned field);

struct text_list {
	const char **items;
	size_t count;
};

struct number_list { /* values of one of the enums of words.h */
	const uint8_t *items;
	size_t count;
};

struct prefix_list {
	struct prefix *items;
	size_t count;
};

struct opt_date {
	struct date date;
	bool set;
};

struct zone;
struct host;
struct endpoint;
struct flow;

/* What stands behind a name in from and to. */
enum party_kind { PARTY_NONE, PARTY_HOST, PARTY_ENDPOINT, PARTY_ZONE };

struct party {
	enum party_kind kind;
	const char *name;
	union {
		const void *any;
		const struct host *host;
		const struct endpoint *endpoint;
		const struct zone *zone;
	};
};

struct party_list {
	struct party *items;
	size_t count;
};

/* ---- policy: ---- */
enum head_field {
	HEAD_ORGANISATION,
	HEAD_GATEWAY,
	HEAD_EDITION,
	HEAD_MODEL,
	HEAD_TIMEZONE,
	HEAD_ADOPT,
	HEAD_EXTERNAL_CHECK,
	HEAD_EXTERNAL_AUDIT,
};

/* 事前の外部確認 (α', β, β') */
enum check_field { CHECK_DATE, CHECK_BODY, CHECK_REPORT, CHECK_SUBMITTED };
struct external_check {
	struct node node;
	bool set;
	struct opt_date date;
	const char *body, *report;
	struct opt_date submitted; /* to J-LIS */
};

/* 定期の外部監査 */
enum audit_field { AUDIT_BODY, AUDIT_NEXT_DUE };
struct external_audit {
	struct node node;
	bool set;
	const char *body;
	struct opt_date next_due;
};

struct head {
	struct node node;
	const char *organisation, *gateway, *timezone;
	uint8_t edition, model;
	struct text_list adopt; /* clause ids */
	struct external_check external_check;
	struct external_audit external_audit;
	int offset_sec; /* of the timezone */
};

/* ---- zones: ---- */
enum zone_field {
	ZONE_F_CLASS,
	ZONE_F_LABEL,
	ZONE_F_INTERFACE,
	ZONE_F_VIA,
	ZONE_F_NETWORKS,
	ZONE_F_LINE,
	ZONE_F_WIRELESS,
	ZONE_F_IPV6,
	ZONE_F_PLAN,
	ZONE_F_SERVES,
	ZONE_F_DNS_GATE,
};

enum wireless_field { WIRELESS_SECURITY, WIRELESS_CLIENT_ISOLATION, WIRELESS_AUTH };
struct wireless {
	struct node node;
	bool set;
	uint8_t security;
	bool client_isolation;
	const char *auth; /* "eap-tls" */
};

struct zone {
	struct node node;
	uint8_t class, line, ipv6, serves; /* serves: enum layer, for mgmt zones */
	const char *label, *interface, *plan;
	const char *via_name;
	const struct zone *via; /* reached through that zone's interface; NULL: our own */
	struct prefix_list networks;
	struct wireless wireless;
	bool dns_gate;
	unsigned index; /* in policy.zones */
};

/* ---- hosts: ---- */
enum host_field {
	HOST_ZONE,
	HOST_IP,
	HOST_MAC,
	HOST_ROLE,
	HOST_LABEL,
	HOST_OWNER,
	HOST_RELAYS,
	HOST_ASSET,
	HOST_SYSTEM,
	HOST_METHOD,
	HOST_RESIDENT_DATA,
	HOST_SCOPE,
};

struct host {
	struct node node;
	const char *zone_name;
	const struct zone *zone;
	struct addr ip;
	struct mac mac; /* zero: not written */
	uint8_t role, method; /* method: enum sanitize_method, for sanitizers */
	const char *label, *owner;
	struct number_list relays; /* enum endpoint_kind */
	const char *asset;  /* entries of one asset are one machine */
	const char *system; /* 業務システム */
	const char *scope;  /* kiosk: "mynumber-only" */
	bool resident_data; /* 住民情報大量取扱 */
	unsigned index;
};

/* ---- endpoints: ---- */
enum endpoint_field {
	END_ZONE,
	END_KIND,
	END_LABEL,
	END_NEXT_HOP,
	END_FQDN,
	END_IP,
	END_WITHIN,
	END_INTERNET_CONNECTED,
	END_ATTESTED_BY,
	END_ATTESTED_ON,
	END_REVIEW_BY,
	END_ASP_REGISTRATION,
	END_ISMAP,
	END_TENANT,
	END_DOWNLOAD,
	END_NO_ADMIN_DOCS,
	END_SERVER_CERT,
};

struct endpoint {
	struct node node;
	const char *zone_name, *next_hop_name;
	const struct zone *zone;
	const struct host *next_hop; /* whose MAC its frames carry */
	uint8_t kind, internet_connected, tenant, download;
	const char *label, *fqdn;
	struct prefix ip; /* family FAMILY_NONE: by name alone */
	struct prefix_list within;
	const char *attested_by, *asp_registration, *ismap, *server_cert;
	struct opt_date attested_on, review_by;
	bool no_admin_docs;
	unsigned index;
};

/* ---- flows: ---- */
enum flow_field {
	FLOW_F_CLASS,
	FLOW_F_FROM,
	FLOW_F_TO,
	FLOW_F_PROTO,
	FLOW_F_PORTS,
	FLOW_F_CRYPTO,
	FLOW_F_DATA,
	FLOW_F_PURPOSE,
	FLOW_F_CLAUSE,
	FLOW_F_WINDOW,
	FLOW_F_APPROVAL,
	FLOW_F_TICKET,
	FLOW_F_LINE,
	FLOW_F_ANNEX,
	FLOW_F_PRODUCT,
	FLOW_F_REDIRECT,
	FLOW_F_AGREEMENT,
	FLOW_F_INSPECT,
	FLOW_F_ORIGIN,
	FLOW_F_PERSONS,
	FLOW_F_MFA,
	FLOW_F_VENDOR,
	FLOW_F_SYSTEM,
};

struct port_range {
	uint16_t first, last;
};

struct port_list {
	struct port_range *items;
	size_t count;
};

/* When a flow is open. */
enum window_kind {
	WINDOW_ALWAYS,    /* no window written */
	WINDOW_RECURRING, /* days, from, to; perhaps until */
	WINDOW_ABSOLUTE,  /* start, end */
	WINDOW_GRANT,     /* closed until somebody grants it, and then at most grant_sec */
};

enum window_field {
	WINDOW_F_DAYS,
	WINDOW_F_FROM,
	WINDOW_F_TO,
	WINDOW_F_UNTIL,
	WINDOW_F_START,
	WINDOW_F_END,
	WINDOW_F_GRANT,
};

struct window {
	struct node node;
	uint8_t kind;  /* enum window_kind */
	uint8_t days;  /* bit 1 << enum weekday */
	int32_t from_sec, to_sec; /* since midnight; from > to passes midnight */
	struct opt_date until;    /* last day on which it opens */
	struct wall start, end;
	int32_t start_offset_sec, end_offset_sec; /* as written */
	int32_t grant_sec;
};

struct flow {
	struct node node;
	struct text_list from_names, to_names;
	struct party_list from, to;
	struct port_list ports; /* empty for icmp */
	struct text_list clause, persons;
	const struct window *window; /* NULL: always */
	const char *purpose, *approval_name, *ticket, *annex, *agreement, *inspect, *mfa, *vendor,
		*system;
	const struct approval *approval;
	uint8_t class, proto, crypto, data, line, product, origin;
	bool redirect; /* clipboard, drives and printers pass a screen transfer */
	unsigned index;
};

/* ---- approvals:, exceptions: ---- */
enum approval_field {
	APPROVAL_F_KIND,
	APPROVAL_F_APPLICANT,
	APPROVAL_F_APPROVERS,
	APPROVAL_F_EXPIRES,
	APPROVAL_F_DOCUMENT,
	APPROVAL_F_DATE,
};

struct approval {
	struct node node;
	uint8_t kind;
	const char *applicant, *document;
	struct number_list approvers; /* enum person */
	struct opt_date expires, date;
};

enum exception_field {
	EXCEPTION_F_CHECK,
	EXCEPTION_F_FLOW,
	EXCEPTION_F_ZONE,
	EXCEPTION_F_HOST,
	EXCEPTION_F_ENDPOINT,
	EXCEPTION_F_REASON,
	EXCEPTION_F_APPROVAL,
	EXCEPTION_F_EXPIRES,
};

/* At most one of flow, zone, host, endpoint names what it is about; none: the whole policy. */
struct exception {
	struct node node;
	const char *check, *reason, *approval_name;
	const char *flow_name, *zone_name, *host_name, *endpoint_name;
	const struct approval *approval;
	const struct node *about; /* NULL: the whole policy */
	struct opt_date expires;
};

/* ---- routes: what the gateway's routing table is to be ---- */
enum route_field { ROUTE_TO, ROUTE_VIA };
struct route {
	struct node node;
	struct prefix to;
	const char *via_name;
	const struct host *via;
};

/* ---- management:, resolver:, logging:, enforce: ---- */
enum service_field { SERVICE_FROM, SERVICE_PORTS };
struct service { /* one line of management.ssh */
	struct node node;
	const char *from_name;
	const struct host *from;
	struct port_list ports;
};

enum management_field { MANAGEMENT_SSH, MANAGEMENT_NTP, MANAGEMENT_DNS, MANAGEMENT_SYSLOG };
struct management {
	struct node node;
	bool set;
	vec_of(struct service) ssh;
	struct text_list ntp_names, dns_names, syslog_names;
	struct party_list ntp, dns, syslog; /* hosts and endpoints */
};

enum resolver_field { RESOLVER_SERVERS, RESOLVER_DNSSEC, RESOLVER_TRUST_ANCHOR };
struct resolver {
	struct node node;
	bool set;
	struct text_list server_names;
	struct party_list servers;
	uint8_t dnssec;
	const char *trust_anchor;
};

enum logging_field {
	LOGGING_ITEMS,
	LOGGING_RETENTION_DAYS,
	LOGGING_HANDLING,
	LOGGING_ON_FAILURE,
};
struct logging {
	struct node node;
	bool set;
	struct number_list items;
	int32_t retention_days;
	const char *handling;
	uint8_t on_failure;
};

enum enforce_field { ENFORCE_REPAIR, ENFORCE_OWN_TABLES, ENFORCE_FULL_VERIFY_INTERVAL };
struct enforce {
	struct node node;
	bool repair, own_tables;
	int32_t full_verify_interval_sec;
};

/* ---- the whole ---- */
struct policy {
	struct arena *arena;
	const char *file; /* as named by the caller */
	struct head head;
	vec_of(struct zone) zones;
	vec_of(struct host) hosts;
	vec_of(struct endpoint) endpoints;
	vec_of(struct flow) flows;
	vec_of(struct approval) approvals;
	vec_of(struct exception) exceptions;
	vec_of(struct route) routes;
	struct management management;
	struct resolver resolver;
	struct logging logging;
	struct enforce enforce;
	/* names to objects; ids are unique within their group, parties among hosts, endpoints
	 * and zones together, because from and to name any of them */
	struct map zone_ids, host_ids, endpoint_ids, flow_ids, approval_ids;
};

struct policy *policy_new(void);
void policy_free(struct policy *policy);
CLEANUP_FUNC(struct policy *, policy_free);

const struct zone *policy_find_zone(const struct policy *policy, const char *id);
const struct host *policy_find_host(const struct policy *policy, const char *id);
const struct endpoint *policy_find_endpoint(const struct policy *policy, const char *id);
const struct flow *policy_find_flow(const struct policy *policy, const char *id);
struct party policy_find_party(const struct policy *policy, const char *name);

const struct zone *party_zone(const struct party *party);
const char *party_label(const struct party *party); /* its label, or its id */
const char *zone_label(const struct zone *zone);
const char *host_label(const struct host *host);
const char *endpoint_label(const struct endpoint *endpoint);

/* The zone whose interface carries this zone's packets: itself, or through via. NULL: none. */
const struct zone *zone_port(const struct zone *zone);
const char *zone_interface(const struct zone *zone); /* of that zone, or NULL */

/* Whose MAC the frames of a network behind another zone carry: the router of the route that
 * leads there, or the next hop of a peer in it. Zero: any, as on a segment of its own. */
struct mac zone_router(const struct policy *policy, const struct zone *zone,
		       const struct prefix *network);

/* Its machines are not ours to register (visitors, the Internet): in a flow it means its networks. */
bool zone_is_open(const struct zone *zone);
bool zone_has_addr(const struct zone *zone, const struct addr *addr);

/* eLTAX, マイナポータル, 向上プラットフォーム: reached through a relay only (G3.1-exempt-list) */
bool kind_is_exempt(enum endpoint_kind kind);

/* Is the flow open at that time? Grants count as closed: only the daemon knows of one. */
bool window_is_open(const struct window *window, struct wall at, int offset_sec);

/* When the state of the window next changes after `at`; false if never. */
bool window_next_change(const struct window *window, struct wall at, int offset_sec,
			struct wall *ret_change);

/* "mon-fri 07:00-22:00", in words for people. */
void window_print(struct buf *buf, const struct window *window);
