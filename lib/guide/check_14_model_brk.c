/* 14 · E-MODEL-BRK · G3.2-ap-only, G3.2-ap-extcheck, G3.3-beta-check and the clauses of each
 * model (必須): LGWAN系 speaks to clouds directly only in an α' model, only to approved ones and
 * under that case's conditions; α', β and β' need an outside confirmation before and audits
 * afterwards, sent to J-LIS. Completely separated β models are excused (G3.3-beta-fullsep). */
#include "base/lang.h"
#include "guide/checks.h"

enum { AUDIT_GRACE_DAYS = 90 };

static bool is_alpha_prime(enum model model)
{
	return model == MODEL_ALPHA_PRIME_A || model == MODEL_ALPHA_PRIME_B ||
	       model == MODEL_ALPHA_PRIME_C;
}

static struct err *refuse(struct judge *judge, const char *clause, const struct flow *flow,
			  enum flow_field field)
{
	struct err *err = judge_flow(judge, "E-MODEL-BRK", clause, flow, field);

	err->also = node_at(&judge->policy->head.node, HEAD_MODEL);
	return err;
}

/* ---- the peer: ISMAP, or the three conditions of an update service ---- */

static struct err *peer_refuse(struct judge *judge, const char *clause, const struct flow *flow,
			       const struct endpoint *endpoint, enum endpoint_field field)
{
	struct err *err = judge_endpoint(judge, "E-MODEL-BRK", clause, endpoint, field);

	err->also = flow->node.at;
	judge->refused[flow->index] |= 1u << judge->check;
	return err;
}

static void peer_check(struct judge *judge, const struct flow *flow,
		       const struct endpoint *endpoint)
{
	bool is_ismap = endpoint->kind == KIND_ISMAP_CLOUD;
	const char *label = endpoint_label(endpoint);
	struct err *err;

	if (is_ismap && !endpoint->ismap) {
		err = peer_refuse(judge, "G3.2-ap-ismap", flow, endpoint, END_ISMAP);
		err_say(judge->errs, err, _("cloud %s has no ISMAP number"), label);
		err_hint(judge->errs, err,
			 _("write ismap = \"…\"; a service merely built on a registered one does not "
			   "count"));
	}
	if (!is_ismap && !endpoint->ismap && !endpoint->no_admin_docs) {
		err = peer_refuse(judge, "G3.2-ap-sec-exc", flow, endpoint, END_NO_ADMIN_DOCS);
		err_say(judge->errs, err,
			_("update service %s is neither ISMAP-registered nor free of administrative "
			  "documents"),
			label);
		err_hint(judge->errs, err, _("write no-admin-docs = true, if it is so"));
	}
	if (!fqdn_is_full(endpoint->fqdn)) {
		err = peer_refuse(judge, is_ismap ? "G3.2-ap-only" : "G3.2-ap-sec-exc", flow, endpoint,
				  END_FQDN);
		err_say(judge->errs, err, _("cloud %s is not limited to a full name"), label);
		err_hint(judge->errs, err,
			 _("write its full name without wildcard, as in fqdn = \"host.example\""));
	}
	if (!endpoint->server_cert) {
		err = peer_refuse(judge, "G3.2-ap-cert", flow, endpoint, END_SERVER_CERT);
		err_say(judge->errs, err, _("nothing proves that cloud %s is what it says"), label);
		err_hint(judge->errs, err,
			 _("write server-cert = \"…\": how its certificate is checked"));
	}
}

static void tenant_check(struct judge *judge, const struct flow *flow,
			 const struct endpoint *endpoint)
{
	const char *label = endpoint_label(endpoint);
	enum model model = judge->policy->head.model;
	struct err *err;

	if (endpoint->tenant == TENANT_EXTERNAL) {
		err = peer_refuse(judge, "G3.2-ap-ext-tenant", flow, endpoint, END_TENANT);
		err_say(judge->errs, err, _("cloud %s is another organisation's tenant"), label);
		err_hint(judge->errs, err, _("use it from the Internet-connected zone"));
	}
	if (model == MODEL_ALPHA_PRIME_B && endpoint->download != DOWNLOAD_DENIED) {
		err = peer_refuse(judge, "G3.2-ap-b-nodl", flow, endpoint, END_DOWNLOAD);
		err_say(judge->errs, err, _("cloud %s has download = \"%s\" in α' model (b)"), label,
			words_word(&words_download, endpoint->download));
		err_hint(judge->errs, err, _("write download = \"denied\", if it is so"));
	}
	if (model == MODEL_ALPHA_PRIME_C && endpoint->download == DOWNLOAD_ALLOWED) {
		err = peer_refuse(judge, "G3.2-ap-c-muga", flow, endpoint, END_DOWNLOAD);
		err_say(judge->errs, err, _("files from cloud %s enter without sanitising"), label);
		err_hint(judge->errs, err, _("write download = \"sanitized\", if it is so"));
	}
}

/* ---- one flow from LGWAN系 to a cloud ---- */

static void collaboration_check(struct judge *judge, const struct flow *flow,
				const struct party *from, const struct endpoint *endpoint)
{
	struct err *err;

	if (judge->policy->head.model == MODEL_ALPHA_PRIME_A) {
		err = refuse(judge, "G3.2-ap-a-scope", flow, FLOW_F_TO);
		err_say(judge->errs, err,
			_("flow %s uses the tenant %s, but α' model (a) knows licences and signatures "
			  "only"),
			flow->node.id, endpoint_label(endpoint));
		err_hint(judge->errs, err, _("name a peer of kind security-update"));
		return;
	}
	if (from->kind != PARTY_HOST || from->host->role != ROLE_TENANT_PROXY) {
		err = refuse(judge, "G3.2-ap-tenant", flow, FLOW_F_FROM);
		err_say(judge->errs, err,
			_("flow %s leads from %s to the cloud past any control of tenants"),
			flow->node.id, party_text(judge, from));
		err_hint(judge->errs, err,
			 _("lead it over a host with role = \"tenant-proxy\": terminal to proxy, proxy "
			   "to cloud"));
	}
	if (!flow->inspect) {
		err = refuse(judge, "G3.2-ap-ids", flow, FLOW_F_INSPECT);
		err_say(judge->errs, err, _("flow %s passes no IDS/IPS"), flow->node.id);
		err_hint(judge->errs, err, _("write inspect = \"…\": the device that inspects it"));
	}
	tenant_check(judge, flow, endpoint);
}

static void cloud_check(struct judge *judge, const struct flow *flow, const struct party *from,
			const struct party *to)
{
	enum letter letter = party_letter(to, false, from, flow);
	struct err *err;

	if (letter_of_class(party_zone(from)->class) != LETTER_L ||
	    (letter != LETTER_C && letter != LETTER_N) || judge_refused(judge, flow, 1u << 7))
		return;
	if (!is_alpha_prime(judge->policy->head.model) || letter == LETTER_N) {
		err = refuse(judge, "G3.2-ap-only", flow, FLOW_F_TO);
		err_say(judge->errs, err,
			_("flow %s leads from the LGWAN zone's %s to %s, which %s does not permit"),
			flow->node.id, party_text(judge, from), party_text(judge, to),
			words_label(&words_model, judge->policy->head.model));
		err_hint(judge->errs, err,
			 _("remove the flow, or adopt an α' model and name an approved cloud"));
		return;
	}
	if (flow->crypto != CRYPTO_TLS) {
		err = refuse(judge, "G3.2-ap-crypt", flow, FLOW_F_CRYPTO);
		err_say(judge->errs, err, _("flow %s to a cloud is not encrypted"), flow->node.id);
		err_hint(judge->errs, err, _("write crypto = \"tls\""));
	}
	if (to->kind != PARTY_ENDPOINT)
		return;
	peer_check(judge, flow, to->endpoint);
	if (to->endpoint->kind == KIND_ISMAP_CLOUD)
		collaboration_check(judge, flow, from, to->endpoint);
}

/* ---- β ---- */

static void beta_check(struct judge *judge, const struct flow *flow)
{
	const struct party *from = &flow->from.items[0], *to = &flow->to.items[0];
	struct err *err;

	if (flow->class == FLOW_BETA_RELAY &&
	    (from->kind != PARTY_HOST || from->host->role != ROLE_LGWAN_RELAY)) {
		err = refuse(judge, "G3.3-beta-relay", flow, FLOW_F_FROM);
		err_say(judge->errs, err, _("flow %s starts at %s, which is no relay of the LGWAN zone"),
			flow->node.id, party_text(judge, from));
		err_hint(judge->errs, err, _("name a host with role = \"%s\""),
			 words_word(&words_role, ROLE_LGWAN_RELAY));
	}
	if (flow->class == FLOW_BETA_RELAY && !node_has(&flow->node, FLOW_F_ORIGIN)) {
		err = refuse(judge, "G3.3-beta-relay", flow, FLOW_F_ORIGIN);
		err_say(judge->errs, err, _("flow %s does not say where its data came from"),
			flow->node.id);
		err_hint(judge->errs, err, _("write origin = \"lgwan-mail\" or \"lgwan-asp\""));
	}
	if (flow->class == FLOW_TELEWORK && !flow->mfa) {
		err = refuse(judge, "G6.4-b-extmfa", flow, FLOW_F_MFA);
		err_say(judge->errs, err, _("telework flow %s names no second factor"), flow->node.id);
		err_hint(judge->errs, err, _("write mfa = \"…\": the second factor"));
	}
	if (judge->policy->head.model == MODEL_BETA_PRIME && flow->class == FLOW_INTRA &&
	    letter_of_class(party_zone(from)->class) == LETTER_I &&
	    letter_of_class(party_zone(to)->class) == LETTER_I &&
	    (!flow->system || parties_find_zone(&flow->from) || parties_find_zone(&flow->to))) {
		err = refuse(judge, "G3.3-bp-acl", flow, FLOW_F_SYSTEM);
		err_say(judge->errs, err,
			_("flow %s is not limited to one business system and its section"),
			flow->node.id);
		err_hint(judge->errs, err, _("write system = \"…\" and name hosts, not a zone"));
	}
}

/* ---- the cloud's console ---- */

static void console_check(struct judge *judge, const struct flow *flow)
{
	struct err *err;

	if (flow->class != FLOW_CONSOLE || flow->mfa)
		return;
	err = judge_flow(judge, "E-MODEL-BRK", "C3.1-console", flow, FLOW_F_MFA);
	err_say(judge->errs, err, _("console flow %s names no second factor"), flow->node.id);
	err_hint(judge->errs, err, _("write mfa = \"…\": the second factor"));
}

/* ---- confirmation and audit ---- */

static bool is_separated(const struct judge *judge)
{
	vec_each(flow, &judge->policy->flows)
		for (size_t f = 0; f < flow->from.count; f++)
			for (size_t t = 0; t < flow->to.count; t++) {
				enum side x = zone_side(party_zone(&flow->from.items[f]));
				enum side y = zone_side(party_zone(&flow->to.items[t]));

				if ((x == SIDE_LGWAN && y == SIDE_INTERNET) ||
				    (y == SIDE_LGWAN && x == SIDE_INTERNET))
					return false;
			}
	return true;
}

static void missing(struct judge *judge, const char *clause, const struct node *node,
		    unsigned field, const char *path)
{
	const struct head *head = &judge->policy->head;
	struct err *err = judge_node(judge, SEVERITY_ERROR, "E-MODEL-BRK", clause,
				     node ? node : &head->node, node ? field : HEAD_MODEL, path);

	err->also = node_at(&head->node, HEAD_MODEL);
	err_say(judge->errs, err, _("%s needs \"%s\", and it is not written"),
		words_label(&words_model, head->model), path);
	err_hint(judge->errs, err,
		 _("write external-check: { date, body, report, submitted } and external-audit: { body, "
		   "next-due }"));
}

static void confirmed_check(struct judge *judge, const char *clause)
{
	const struct external_check *check = &judge->policy->head.external_check;
	struct err *err;

	if (!check->set)
		missing(judge, clause, NULL, 0, "policy.external-check");
	else if (!check->date.set || date_is_before(judge->today, check->date.date)) {
		err = judge_node(judge, SEVERITY_ERROR, "E-MODEL-BRK", clause, &check->node, CHECK_DATE,
				 "policy.external-check.date");
		err_say(judge->errs, err, _("the outside confirmation has not taken place yet"));
		err_hint(judge->errs, err, _("it comes before the model: write the day it was done"));
	} else if (!check->body)
		missing(judge, clause, &check->node, CHECK_BODY, "policy.external-check.body");
	else if (!check->report)
		missing(judge, clause, &check->node, CHECK_REPORT, "policy.external-check.report");
	else if (!check->submitted.set)
		missing(judge, clause, &check->node, CHECK_SUBMITTED,
			"policy.external-check.submitted");
}

static void audited_check(struct judge *judge, const char *clause)
{
	const struct external_audit *audit = &judge->policy->head.external_audit;
	char text[DATE_TEXT_BYTES];
	struct err *err;

	if (!audit->set || !audit->next_due.set) {
		missing(judge, clause, audit->set ? &audit->node : NULL, AUDIT_NEXT_DUE,
			audit->set ? "policy.external-audit.next-due" : "policy.external-audit");
		return;
	}
	if (!date_is_before(audit->next_due.date, judge->today))
		return;
	err = judge_node(judge, SEVERITY_ERROR, "E-MODEL-BRK", clause, &audit->node, AUDIT_NEXT_DUE,
			 "policy.external-audit.next-due");
	if (judge->today.days - audit->next_due.date.days <= AUDIT_GRACE_DAYS)
		judge_warn(judge, err);
	err_say(judge->errs, err, _("the outside audit was due on \"%s\""),
		date_text(audit->next_due.date, text));
	err_hint(judge->errs, err, _("have it done, then write the next day in next-due"));
}

void check_14_model_brk(struct judge *judge)
{
	const struct head *head = &judge->policy->head;
	bool is_beta = head->model == MODEL_BETA || head->model == MODEL_BETA_PRIME;

	if (is_alpha_prime(head->model) || (is_beta && !is_separated(judge))) {
		const char *clause = is_beta ? "G3.3-beta-check" : "G3.2-ap-extcheck";

		confirmed_check(judge, clause);
		audited_check(judge, clause);
	}
	if (is_alpha_prime(head->model) && head->edition == EDITION_R2_5) {
		struct err *err = judge_node(judge, SEVERITY_ERROR, "E-MODEL-BRK", "G3.2-ap-only",
					     &head->node, HEAD_MODEL, "policy.model");

		err->also = node_at(&head->node, HEAD_EDITION);
		err_say(judge->errs, err, _("edition R2.5 knows no α' model"));
		err_hint(judge->errs, err, _("write edition = \"R7.3\""));
	}
	vec_each(flow, &judge->policy->flows) {
		for (size_t f = 0; f < flow->from.count; f++)
			for (size_t t = 0; t < flow->to.count; t++)
				cloud_check(judge, flow, &flow->from.items[f], &flow->to.items[t]);
		console_check(judge, flow);
		if (is_beta)
			beta_check(judge, flow);
	}
}
