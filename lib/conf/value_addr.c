/* Addresses, names of peers and of interfaces. See value.h. */
#include <string.h>

#include "base/lang.h"
#include "conf/value.h"

/* Full-width digits and addresses of groups are mistakes in the register of machines: the
 * guideline's check 26 finds them, here, where the text is still at hand. */
static bool addr_refuse(struct reading *reading, const config_setting_t *setting, const char *what,
			enum addr_fault fault)
{
	bool ident = fault == ADDR_NOT_ASCII || fault == ADDR_MULTICAST || fault == ADDR_ZERO;
	struct err *err = reading_err(reading, ident ? "E-IDENT" : "C-VALUE", setting);

	if (ident) {
		err->clause = "G6.3-input";
		err->strength = "必須";
	}
	err_say(reading->errs, err, _("%1$s is no %2$s: %3$s"), reading_quote(reading, setting),
		what, addr_fault_text(fault));
	if (reading->key && reading->key->example)
		err_hint(reading->errs, err, _("for example: %s"), reading->key->example);
	return false;
}

bool value_prefix_read(struct reading *reading, const config_setting_t *setting, struct prefix *ret)
{
	const char *text = value_text(reading, setting);
	enum addr_fault fault;

	if (!text)
		return false;
	fault = prefix_parse(text, ret);
	return fault ? addr_refuse(reading, setting, _("address or network"), fault) : true;
}

bool value_addr_read(struct reading *reading, const config_setting_t *setting, struct addr *ret)
{
	const char *text = value_text(reading, setting);
	enum addr_fault fault;

	if (!text)
		return false;
	fault = addr_parse(text, ret);
	return fault ? addr_refuse(reading, setting, _("address"), fault) : true;
}

bool value_mac_read(struct reading *reading, const config_setting_t *setting, struct mac *ret)
{
	const char *text = value_text(reading, setting);
	enum addr_fault fault;

	if (!text)
		return false;
	fault = mac_parse(text, ret);
	return fault ? addr_refuse(reading, setting, _("MAC address"), fault) : true;
}

/* A name as DNS has them, lower case; "*." may stand in front, for the judge to refuse by its
 * clause rather than as a matter of spelling. */
static bool fqdn_is_good(const char *name)
{
	size_t length = strlen(name), label = 0;

	if (strncmp(name, "*.", 2) == 0)
		name += 2;
	if (!length || length > 253)
		return false;
	for (; *name; name++) {
		bool letter = (*name >= 'a' && *name <= 'z') || (*name >= '0' && *name <= '9');

		if (*name == '.') {
			if (!label || name[-1] == '-')
				return false;
			label = 0;
			continue;
		}
		if (!letter && (*name != '-' || !label))
			return false;
		if (++label > 63)
			return false;
	}
	return label && name[-1] != '-';
}

bool value_fqdn_read(struct reading *reading, const config_setting_t *setting, const char **ret)
{
	const char *text = value_text(reading, setting);

	if (!text)
		return false;
	if (!fqdn_is_good(text)) {
		reading_refuse(reading, "C-VALUE", setting,
			       _("a full domain name in lower case, without a dot at the end"));
		return false;
	}
	*ret = reading_intern(reading, text);
	return true;
}

/* What Linux takes as the name of an interface, less what a packet filter would read as a
 * pattern or a string's end. */
bool value_interface_read(struct reading *reading, const config_setting_t *setting,
			  const char **ret)
{
	const char *text = value_text(reading, setting);

	if (!text)
		return false;
	if (!text[0] || strlen(text) > 15 || strcmp(text, ".") == 0 || strcmp(text, "..") == 0 ||
	    strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") !=
		    strlen(text)) {
		reading_refuse(
			reading, "C-VALUE", setting,
			_("the name of an interface: 1 to 15 letters, digits, '.', '_', '-'"));
		return false;
	}
	*ret = reading_intern(reading, text);
	return true;
}
