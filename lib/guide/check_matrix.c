/* E-MATRIX: whatever the 26 checks have not named, but the model's matrix does not list. And
 * C-REF: clauses named by the policy that the guideline does not have. */
#include "base/lang.h"
#include "guide/checks.h"

static void flow_refuse(struct judge *judge, const struct flow *flow,
			const struct matrix_reason *reason)
{
	struct err *err = judge_flow(judge, "E-MATRIX", reason->clause, flow, FLOW_F_CLASS);
	const char *class = words_word(&words_flow_class, flow->class);

	err->also = node_at(&judge->policy->head.node, HEAD_MODEL);
	if (reason->bridges)
		err_say(judge->errs, err,
			_("flow %s joins %s and %s: two zones of one kind (%s) stay apart"),
			flow->node.id, party_text(judge, reason->from_party),
			party_text(judge, reason->to_party), letter_label(reason->from));
	else
		err_say(judge->errs, err,
			_("flow %s: class \"%s\" is not permitted from %s (%s) to %s (%s) in the %s; "
			  "the cell says \"%s\""),
			flow->node.id, class, party_text(judge, reason->from_party),
			letter_label(reason->from), party_text(judge, reason->to_party),
			letter_label(reason->to), words_label(&words_model, judge->matrix.model),
			reason->cell);
	err_hint(judge->errs, err,
		 _("remove the flow, or write the class that the cell permits (sekishoctl matrix)"));
}

/* Ain, Gin: what comes in from outside comes in to a fixed server. */
static void arrival_check(struct judge *judge, const struct flow *flow)
{
	enum letter from = letter_of_class(party_zone(&flow->from.items[0])->class);
	const struct party *zone = parties_find_zone(&flow->to);
	struct err *err;

	if (!zone || !((from == LETTER_W && flow->class == FLOW_ASP) ||
		       (from == LETTER_S && flow->class == FLOW_EGRESS)))
		return;
	err = judge_flow(judge, "E-MATRIX", from == LETTER_W ? "G3.2-asp" : "G6.1-web-fw", flow,
			 FLOW_F_TO);
	err->also = zone->zone->node.at;
	err_say(judge->errs, err, _("flow %s lets %s in to the whole zone %s"), flow->node.id,
		party_text(judge, &flow->from.items[0]), party_text(judge, zone));
	err_hint(judge->errs, err, _("name the servers that receive it"));
}

void check_matrix(struct judge *judge)
{
	struct matrix_reason reason;

	vec_each(flow, &judge->policy->flows) {
		if (judge->refused[flow->index])
			continue;
		if (matrix_permits(&judge->matrix, flow, &reason))
			arrival_check(judge, flow);
		else
			flow_refuse(judge, flow, &reason);
	}
}

void check_clauses(struct judge *judge)
{
	const struct text_list *adopt = &judge->policy->head.adopt;
	struct err *err;

	vec_each(flow, &judge->policy->flows)
		for (size_t i = 0; i < flow->clause.count; i++) {
			if (clause_find(flow->clause.items[i]))
				continue;
			err = judge_flow(judge, "C-REF", NULL, flow, FLOW_F_CLAUSE);
			err_say(judge->errs, err, _("flow %s names the clause \"%s\", which does not exist"),
				flow->node.id, flow->clause.items[i]);
			err_hint(judge->errs, err,
				 _("write an id of the guideline's clauses, as in \"G3.1-tokutei\""));
		}
	for (size_t i = 0; i < adopt->count; i++) {
		if (clause_find(adopt->items[i]))
			continue;
		err = judge_node(judge, SEVERITY_ERROR, "C-REF", NULL, &judge->policy->head.node,
				 HEAD_ADOPT, "policy.adopt");
		err_say(judge->errs, err, _("adopt names the clause \"%s\", which does not exist"),
			adopt->items[i]);
		err_hint(judge->errs, err,
			 _("write an id of the guideline's clauses, as in \"G3.1-tokutei\""));
	}
}
