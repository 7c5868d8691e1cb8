-- Invoices: what is issued, what stands behind it, and who asks about it.
ALTER TABLE billing.issuer ADD COLUMN payment_details TEXT DEFAULT '' NOT NULL;
ALTER TABLE billing.issuer ADD COLUMN books TEXT DEFAULT 'here' NOT NULL;
COMMENT ON COLUMN billing.issuer.payment_details IS 'Bank and account as on invoices; may have line feeds.';
COMMENT ON COLUMN billing.issuer.books IS 'Where legal invoices are issued: here, or elsewhere by an accounting system.';
ALTER TABLE billing.client ADD COLUMN legal_name TEXT DEFAULT '' NOT NULL;
ALTER TABLE billing.client ADD COLUMN address TEXT DEFAULT '' NOT NULL;
ALTER TABLE billing.client ADD COLUMN tax_number TEXT DEFAULT '' NOT NULL;
ALTER TABLE billing.client ADD COLUMN invoice_prefix TEXT DEFAULT '' NOT NULL;
ALTER TABLE billing.client ADD COLUMN invoices_from DATE;
COMMENT ON COLUMN billing.client.legal_name IS 'Name as registered, for the invoice; empty: the name.';
COMMENT ON COLUMN billing.client.address IS 'Postal address, lines separated by line feeds.';
COMMENT ON COLUMN billing.client.tax_number IS 'Tax number, for the invoice; empty if there is none.';
COMMENT ON COLUMN billing.client.invoice_prefix IS 'Prefix of its invoices'' numbers; empty: the slug in capitals.';
COMMENT ON COLUMN billing.client.invoices_from IS 'First month billed here, by its first day; null: from its agreement''s start.';
ALTER TABLE billing.agreement ADD COLUMN purchase_order TEXT DEFAULT '' NOT NULL;
ALTER TABLE billing.agreement ADD COLUMN payment_days INTEGER DEFAULT 30 NOT NULL;
ALTER TABLE billing.agreement ADD COLUMN tax_code TEXT DEFAULT '' NOT NULL;
COMMENT ON COLUMN billing.agreement.purchase_order IS 'The client''s purchase order, as invoices name it.';
COMMENT ON COLUMN billing.agreement.payment_days IS 'Days from an invoice''s date until it is to be paid.';
COMMENT ON COLUMN billing.agreement.tax_code IS 'Tax code of prices that name none; empty: no tax.';
ALTER TABLE billing.price ADD COLUMN tax_code TEXT DEFAULT '' NOT NULL;
ALTER TABLE billing.price ADD COLUMN reason TEXT DEFAULT '' NOT NULL;
COMMENT ON COLUMN billing.price.tax_code IS 'Tax code; empty: the agreement''s.';
COMMENT ON COLUMN billing.price.reason IS 'Reason of a discount or a service credit.';
ALTER TABLE billing.billing_period ADD COLUMN cut_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE billing.billing_period ADD COLUMN cut_reason TEXT DEFAULT '' NOT NULL;
ALTER TABLE billing.billing_period ADD COLUMN known_corrections UUID[] DEFAULT '{}' NOT NULL;
COMMENT ON COLUMN billing.billing_period.cut_at IS 'When it was closed for records: later ones are billed in the next open month.';
COMMENT ON COLUMN billing.billing_period.cut_reason IS 'Why it was closed in spite of what was not ready; empty: all was.';
COMMENT ON COLUMN billing.billing_period.known_corrections IS 'Events of later months that superseded some of its own before it was closed for records: what they superseded is not billed.';
ALTER TABLE billing.issuer ADD CONSTRAINT ck_issuer_books_known CHECK (books IN ('here', 'elsewhere'));
ALTER TABLE billing.client ADD CONSTRAINT ck_client_invoice_prefix_plain CHECK (invoice_prefix ~ '^([A-Z0-9][A-Z0-9-]{0,31})?$');
ALTER TABLE billing.client ADD CONSTRAINT ck_client_invoices_from_first_of_month CHECK (extract(day FROM invoices_from) = 1);
ALTER TABLE billing.agreement ADD CONSTRAINT ck_agreement_payment_days_bounded CHECK (payment_days BETWEEN 0 AND 3660);
CREATE UNIQUE INDEX client_invoice_prefix ON billing.client (invoice_prefix) WHERE invoice_prefix <> '';

CREATE TABLE billing.tax_rate (
    code TEXT NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE,
    name TEXT NOT NULL,
    treatment TEXT NOT NULL,
    rate NUMERIC(20, 15) NOT NULL,
    note TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_tax_rate PRIMARY KEY (code, starts_on),
    CONSTRAINT ex_tax_rate_versions_apart EXCLUDE USING gist (code WITH =, daterange(starts_on, ends_on) WITH &&),
    CONSTRAINT ck_tax_rate_treatment_known CHECK (treatment IN ('standard', 'reverse_charge', 'exempt')),
    CONSTRAINT ck_tax_rate_starts_before_it_ends CHECK (starts_on < ends_on),
    CONSTRAINT ck_tax_rate_rate_share CHECK (rate BETWEEN 0 AND 1),
    CONSTRAINT ck_tax_rate_rate_of_standard CHECK (treatment = 'standard' OR rate = 0),
    CONSTRAINT ck_tax_rate_rate_finite CHECK (rate > '-Infinity' AND rate < 'Infinity'),
    CONSTRAINT ck_tax_rate_code_plain CHECK (code !~ '[[:cntrl:]]' AND length(code) BETWEEN 1 AND 64 AND code = btrim(code)),
    CONSTRAINT ck_tax_rate_name_plain CHECK (name !~ '[[:cntrl:]]' AND length(name) BETWEEN 1 AND 200 AND name = btrim(name))
);
COMMENT ON TABLE billing.tax_rate IS 'Tax codes with their dated rates. Shared by all clients; versions never overlap.';
COMMENT ON COLUMN billing.tax_rate.code IS 'Tax code, like NL-21.';
COMMENT ON COLUMN billing.tax_rate.starts_on IS 'First day of this version.';
COMMENT ON COLUMN billing.tax_rate.ends_on IS 'Day after the last; null while no end is known.';
COMMENT ON COLUMN billing.tax_rate.name IS 'Name as on the invoice.';
COMMENT ON COLUMN billing.tax_rate.treatment IS 'standard, reverse_charge or exempt.';
COMMENT ON COLUMN billing.tax_rate.rate IS 'Share: 0.21 is 21 %.';
COMMENT ON COLUMN billing.tax_rate.note IS 'What the law asks to be said; may be empty.';

CREATE TABLE billing.signing_key (
    key_id TEXT NOT NULL,
    verifier TEXT NOT NULL,
    public_key BYTEA NOT NULL,
    introduced_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    retired_at TIMESTAMP WITH TIME ZONE,
    endorsement TEXT,
    CONSTRAINT pk_signing_key PRIMARY KEY (key_id),
    CONSTRAINT uq_signing_key_verifier UNIQUE (verifier),
    CONSTRAINT ck_signing_key_public_key_32_bytes CHECK (octet_length(public_key) = 32),
    CONSTRAINT ck_signing_key_introduced_before_retired CHECK (introduced_at <= retired_at),
    CONSTRAINT ck_signing_key_key_id_plain CHECK (key_id !~ '[[:cntrl:]]' AND length(key_id) BETWEEN 1 AND 64 AND key_id = btrim(key_id))
);
COMMENT ON TABLE billing.signing_key IS 'Public keys (Ed25519) with which documents are signed. The private ones are never here.';
COMMENT ON COLUMN billing.signing_key.key_id IS 'First bytes of the C2SP key hash, in hexadecimal.';
COMMENT ON COLUMN billing.signing_key.verifier IS 'The verifier key as C2SP writes it.';
COMMENT ON COLUMN billing.signing_key.public_key IS 'The key, 32 bytes.';
COMMENT ON COLUMN billing.signing_key.introduced_at IS 'When it was introduced.';
COMMENT ON COLUMN billing.signing_key.retired_at IS 'When another took its place; null for the one in use.';
COMMENT ON COLUMN billing.signing_key.endorsement IS 'The key before it says that this one follows, as a signed note; null: the first.';

CREATE TABLE billing.invoice_counter (
    client_id INTEGER NOT NULL,
    series_year INTEGER NOT NULL,
    last_number BIGINT NOT NULL,
    CONSTRAINT pk_invoice_counter PRIMARY KEY (client_id, series_year),
    CONSTRAINT fk_invoice_counter_client_id FOREIGN KEY(client_id) REFERENCES billing.client (client_id),
    CONSTRAINT ck_invoice_counter_last_number_not_negative CHECK (last_number >= 0)
);
COMMENT ON TABLE billing.invoice_counter IS 'Last number of a client''s series of a year, credit notes in it. A locked row leaves no gap, where a sequence would.';
COMMENT ON COLUMN billing.invoice_counter.client_id IS 'The client.';
COMMENT ON COLUMN billing.invoice_counter.series_year IS 'Year of issue, in the client''s zone.';
COMMENT ON COLUMN billing.invoice_counter.last_number IS 'The number given last; 0 before the first.';

CREATE TABLE billing.invoice (
    client_id INTEGER NOT NULL,
    invoice_id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    number TEXT NOT NULL,
    kind TEXT NOT NULL,
    is_legal BOOLEAN NOT NULL,
    billing_period DATE NOT NULL,
    agreement_id INTEGER NOT NULL,
    currency TEXT NOT NULL,
    as_of TIMESTAMP WITH TIME ZONE NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    issued_on DATE NOT NULL,
    due_on DATE NOT NULL,
    net NUMERIC(30, 12) NOT NULL,
    tax NUMERIC(30, 12) NOT NULL,
    gross NUMERIC(30, 12) NOT NULL,
    corrects_invoice_id BIGINT,
    replaces_invoice_id BIGINT,
    reason TEXT DEFAULT '' NOT NULL,
    document TEXT NOT NULL,
    rate_card TEXT NOT NULL,
    basis TEXT NOT NULL,
    chain_position BIGINT NOT NULL,
    manifest TEXT NOT NULL,
    manifest_hash BYTEA NOT NULL,
    previous_hash BYTEA,
    CONSTRAINT pk_invoice PRIMARY KEY (client_id, invoice_id),
    CONSTRAINT uq_invoice_client_id_number UNIQUE (client_id, number),
    CONSTRAINT uq_invoice_client_id_chain_position UNIQUE (client_id, chain_position),
    CONSTRAINT fk_invoice_client_id_agreement_id FOREIGN KEY(client_id, agreement_id) REFERENCES billing.agreement (client_id, agreement_id),
    CONSTRAINT fk_invoice_client_id_billing_period FOREIGN KEY(client_id, billing_period) REFERENCES billing.billing_period (client_id, billing_period),
    CONSTRAINT ck_invoice_kind_known CHECK (kind IN ('invoice', 'credit_note')),
    CONSTRAINT ck_invoice_billing_period_first_of_month CHECK (extract(day FROM billing_period) = 1),
    CONSTRAINT ck_invoice_net_and_tax_are_gross CHECK (net + tax = gross),
    CONSTRAINT ck_invoice_negative_is_credit_note CHECK (kind = 'credit_note' OR gross >= 0),
    CONSTRAINT ck_invoice_credit_note_corrects CHECK (corrects_invoice_id IS NULL OR kind = 'credit_note'),
    CONSTRAINT ck_invoice_correction_has_reason CHECK ((corrects_invoice_id IS NULL AND replaces_invoice_id IS NULL) OR reason <> ''),
    CONSTRAINT ck_invoice_due_after_issue CHECK (due_on >= issued_on),
    CONSTRAINT ck_invoice_chain_position_from_one CHECK (chain_position >= 1),
    CONSTRAINT ck_invoice_first_has_no_previous CHECK ((chain_position = 1) = (previous_hash IS NULL)),
    CONSTRAINT ck_invoice_currency_iso_4217 CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT ck_invoice_number_plain CHECK (number !~ '[[:cntrl:]]' AND length(number) BETWEEN 1 AND 80 AND number = btrim(number)),
    CONSTRAINT ck_invoice_manifest_hash_32_bytes CHECK (octet_length(manifest_hash) = 32),
    CONSTRAINT ck_invoice_previous_hash_32_bytes CHECK (octet_length(previous_hash) = 32),
    CONSTRAINT ck_invoice_net_finite CHECK (net > '-Infinity' AND net < 'Infinity'),
    CONSTRAINT ck_invoice_tax_finite CHECK (tax > '-Infinity' AND tax < 'Infinity'),
    CONSTRAINT ck_invoice_gross_finite CHECK (gross > '-Infinity' AND gross < 'Infinity')
);
CREATE INDEX invoice_corrections ON billing.invoice (client_id, corrects_invoice_id);
CREATE UNIQUE INDEX invoice_of_period ON billing.invoice (client_id, billing_period) WHERE corrects_invoice_id IS NULL AND replaces_invoice_id IS NULL;
CREATE UNIQUE INDEX invoice_replaced_once ON billing.invoice (client_id, replaces_invoice_id) WHERE replaces_invoice_id IS NOT NULL;
COMMENT ON TABLE billing.invoice IS 'Issued invoices and credit notes, append-only. What is wrong in one is mended by another document. A trigger checks that lines, taxes and totals add up.';
COMMENT ON COLUMN billing.invoice.client_id IS 'The client.';
COMMENT ON COLUMN billing.invoice.invoice_id IS 'The document; its number is what people call it.';
COMMENT ON COLUMN billing.invoice.number IS 'Number, like HARB-2026-0007.';
COMMENT ON COLUMN billing.invoice.kind IS 'invoice, or credit_note: its total is negative or it corrects another.';
COMMENT ON COLUMN billing.invoice.is_legal IS 'Whether this is the legal document; else another system issues that.';
COMMENT ON COLUMN billing.invoice.billing_period IS 'The month whose usage it bills, by its first day.';
COMMENT ON COLUMN billing.invoice.agreement_id IS 'The agreement it follows.';
COMMENT ON COLUMN billing.invoice.currency IS 'Currency, ISO 4217.';
COMMENT ON COLUMN billing.invoice.as_of IS 'What was recorded before this instant is in it: the cut.';
COMMENT ON COLUMN billing.invoice.issued_at IS 'When it was issued.';
COMMENT ON COLUMN billing.invoice.issued_on IS 'That day, in the client''s zone.';
COMMENT ON COLUMN billing.invoice.due_on IS 'Day by which it is to be paid.';
COMMENT ON COLUMN billing.invoice.net IS 'Sum of the lines; tax is not in it.';
COMMENT ON COLUMN billing.invoice.tax IS 'Sum of the taxes.';
COMMENT ON COLUMN billing.invoice.gross IS 'net + tax.';
COMMENT ON COLUMN billing.invoice.corrects_invoice_id IS 'The document that a credit note credits.';
COMMENT ON COLUMN billing.invoice.replaces_invoice_id IS 'The credited document that is billed again by this one.';
COMMENT ON COLUMN billing.invoice.reason IS 'Why it corrects or replaces, or was issued in spite of what was not ready.';
COMMENT ON COLUMN billing.invoice.document IS 'The whole document as canonical JSON (RFC 8785): the bytes that are signed.';
COMMENT ON COLUMN billing.invoice.rate_card IS 'The agreement that it was built from, as canonical JSON.';
COMMENT ON COLUMN billing.invoice.basis IS 'What else it was built from (meters, tax rates), as canonical JSON.';
COMMENT ON COLUMN billing.invoice.chain_position IS 'Place in the client''s chain of documents, from 1.';
COMMENT ON COLUMN billing.invoice.manifest IS 'The signed note (C2SP): what it was made from, by its hashes, and the signature.';
COMMENT ON COLUMN billing.invoice.manifest_hash IS 'SHA-256 of the manifest''s text.';
COMMENT ON COLUMN billing.invoice.previous_hash IS 'manifest_hash of the document before it; null for the first.';

CREATE TABLE billing.invoice_line (
    client_id INTEGER NOT NULL,
    invoice_id BIGINT NOT NULL,
    line_number INTEGER NOT NULL,
    price_code TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    timing TEXT NOT NULL,
    charge_model TEXT,
    service_from DATE NOT NULL,
    service_to DATE NOT NULL,
    meter_id INTEGER,
    quantity NUMERIC(33, 15),
    amount NUMERIC(30, 12) NOT NULL,
    counts_toward_commitment BOOLEAN NOT NULL,
    tax_code TEXT NOT NULL,
    adjusts_period DATE,
    is_too_late BOOLEAN NOT NULL,
    credits_line INTEGER,
    clause TEXT NOT NULL,
    reference TEXT NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT pk_invoice_line PRIMARY KEY (client_id, invoice_id, line_number),
    CONSTRAINT fk_invoice_line_client_id_invoice_id FOREIGN KEY(client_id, invoice_id) REFERENCES billing.invoice (client_id, invoice_id),
    CONSTRAINT fk_invoice_line_meter_id FOREIGN KEY(meter_id) REFERENCES billing.meter (meter_id),
    CONSTRAINT ck_invoice_line_kind_known CHECK (kind IN ('fixed', 'variable')),
    CONSTRAINT ck_invoice_line_timing_known CHECK (timing IN ('in advance', 'in arrears')),
    CONSTRAINT ck_invoice_line_charge_model_known CHECK (charge_model IN ('flat', 'one_off', 'unit', 'graduated', 'volume', 'package', 'markup')),
    CONSTRAINT ck_invoice_line_line_number_from_one CHECK (line_number >= 1),
    CONSTRAINT ck_invoice_line_service_from_before_to CHECK (service_from <= service_to),
    CONSTRAINT ck_invoice_line_too_late_charges_nothing CHECK (NOT is_too_late OR (adjusts_period IS NOT NULL AND amount = 0)),
    CONSTRAINT ck_invoice_line_adjusts_period_first_of_month CHECK (extract(day FROM adjusts_period) = 1),
    CONSTRAINT ck_invoice_line_price_code_plain CHECK (price_code !~ '[[:cntrl:]]' AND length(price_code) BETWEEN 1 AND 64 AND price_code = btrim(price_code)),
    CONSTRAINT ck_invoice_line_name_plain CHECK (name !~ '[[:cntrl:]]' AND length(name) BETWEEN 1 AND 200 AND name = btrim(name)),
    CONSTRAINT ck_invoice_line_quantity_finite CHECK (quantity > '-Infinity' AND quantity < 'Infinity'),
    CONSTRAINT ck_invoice_line_amount_finite CHECK (amount > '-Infinity' AND amount < 'Infinity')
);
COMMENT ON TABLE billing.invoice_line IS 'Lines of issued documents; each is the sum of its detailed lines.';
COMMENT ON COLUMN billing.invoice_line.client_id IS 'The client.';
COMMENT ON COLUMN billing.invoice_line.invoice_id IS 'The document.';
COMMENT ON COLUMN billing.invoice_line.line_number IS 'Place on the document, from 1.';
COMMENT ON COLUMN billing.invoice_line.price_code IS 'The component of the rate card.';
COMMENT ON COLUMN billing.invoice_line.name IS 'Name as on the document.';
COMMENT ON COLUMN billing.invoice_line.kind IS 'fixed or variable.';
COMMENT ON COLUMN billing.invoice_line.timing IS 'in advance or in arrears.';
COMMENT ON COLUMN billing.invoice_line.charge_model IS 'How the amount follows from the quantity; null: commitment shortfall.';
COMMENT ON COLUMN billing.invoice_line.service_from IS 'First day of the service.';
COMMENT ON COLUMN billing.invoice_line.service_to IS 'Last day of the service.';
COMMENT ON COLUMN billing.invoice_line.meter_id IS 'What was counted.';
COMMENT ON COLUMN billing.invoice_line.quantity IS 'Of the meter, or agreed.';
COMMENT ON COLUMN billing.invoice_line.amount IS 'Sum of the detailed lines; before tax.';
COMMENT ON COLUMN billing.invoice_line.counts_toward_commitment IS 'Whether it counts for the minimum commitment.';
COMMENT ON COLUMN billing.invoice_line.tax_code IS 'Tax code; empty where no tax is charged.';
COMMENT ON COLUMN billing.invoice_line.adjusts_period IS 'The earlier month that it corrects, by its first day.';
COMMENT ON COLUMN billing.invoice_line.is_too_late IS 'Whether it is past the back-billing limit: shown and charged nothing.';
COMMENT ON COLUMN billing.invoice_line.credits_line IS 'Of a credit note: the line of the credited document.';
COMMENT ON COLUMN billing.invoice_line.clause IS 'Clause of the signed agreement; may be empty.';
COMMENT ON COLUMN billing.invoice_line.reference IS 'Reference and approver of a one-off charge; may be empty.';
COMMENT ON COLUMN billing.invoice_line.reason IS 'Why it is there; may be empty.';

CREATE TABLE billing.detailed_line (
    client_id INTEGER NOT NULL,
    invoice_id BIGINT NOT NULL,
    line_number INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    tier TEXT,
    quantity NUMERIC(33, 15) NOT NULL,
    unit_price NUMERIC NOT NULL,
    flat_fee NUMERIC NOT NULL,
    days INTEGER,
    period_days INTEGER,
    amount NUMERIC(30, 12) NOT NULL,
    CONSTRAINT pk_detailed_line PRIMARY KEY (client_id, invoice_id, line_number, ordinal),
    CONSTRAINT fk_detailed_line_client_id_invoice_id_line_number FOREIGN KEY(client_id, invoice_id, line_number) REFERENCES billing.invoice_line (client_id, invoice_id, line_number),
    CONSTRAINT ck_detailed_line_kind_known CHECK (kind IN ('usage', 'fee', 'included', 'discount', 'maximum', 'minimum', 'commitment', 'change_charge', 'change_credit', 'one_off', 'recomputed', 'billed_before', 'too_late', 'credit')),
    CONSTRAINT ck_detailed_line_ordinal_from_one CHECK (ordinal >= 1),
    CONSTRAINT ck_detailed_line_days_whole CHECK ((days IS NULL) = (period_days IS NULL)),
    CONSTRAINT ck_detailed_line_days_possible CHECK (days >= 0 AND period_days > 0),
    CONSTRAINT ck_detailed_line_quantity_finite CHECK (quantity > '-Infinity' AND quantity < 'Infinity'),
    CONSTRAINT ck_detailed_line_unit_price_finite CHECK (unit_price > '-Infinity' AND unit_price < 'Infinity'),
    CONSTRAINT ck_detailed_line_flat_fee_finite CHECK (flat_fee > '-Infinity' AND flat_fee < 'Infinity'),
    CONSTRAINT ck_detailed_line_amount_finite CHECK (amount > '-Infinity' AND amount < 'Infinity')
);
COMMENT ON TABLE billing.detailed_line IS 'The figures that a line is the sum of.';
COMMENT ON COLUMN billing.detailed_line.client_id IS 'The client.';
COMMENT ON COLUMN billing.detailed_line.invoice_id IS 'The document.';
COMMENT ON COLUMN billing.detailed_line.line_number IS 'The line.';
COMMENT ON COLUMN billing.detailed_line.ordinal IS 'Place within the line, from 1.';
COMMENT ON COLUMN billing.detailed_line.kind IS 'What it does to its line.';
COMMENT ON COLUMN billing.detailed_line.text IS 'What it is for, in words.';
COMMENT ON COLUMN billing.detailed_line.tier IS 'Name of the tier.';
COMMENT ON COLUMN billing.detailed_line.quantity IS 'Units.';
COMMENT ON COLUMN billing.detailed_line.unit_price IS 'Price of one unit, with all its digits.';
COMMENT ON COLUMN billing.detailed_line.flat_fee IS 'Added once.';
COMMENT ON COLUMN billing.detailed_line.days IS 'Days served, where it is prorated.';
COMMENT ON COLUMN billing.detailed_line.period_days IS 'Days of the whole, where it is prorated.';
COMMENT ON COLUMN billing.detailed_line.amount IS 'quantity × unit_price (× days ÷ period_days) + flat_fee, rounded once.';

CREATE TABLE billing.recomputed_line (
    client_id INTEGER NOT NULL,
    invoice_id BIGINT NOT NULL,
    line_number INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    tier TEXT,
    quantity NUMERIC(33, 15) NOT NULL,
    unit_price NUMERIC NOT NULL,
    flat_fee NUMERIC NOT NULL,
    days INTEGER,
    period_days INTEGER,
    amount NUMERIC(30, 12) NOT NULL,
    CONSTRAINT pk_recomputed_line PRIMARY KEY (client_id, invoice_id, line_number, ordinal),
    CONSTRAINT fk_recomputed_line_client_id_invoice_id_line_number FOREIGN KEY(client_id, invoice_id, line_number) REFERENCES billing.invoice_line (client_id, invoice_id, line_number),
    CONSTRAINT ck_recomputed_line_kind_known CHECK (kind IN ('usage', 'fee', 'included', 'discount', 'maximum', 'minimum', 'commitment', 'change_charge', 'change_credit', 'one_off', 'recomputed', 'billed_before', 'too_late', 'credit')),
    CONSTRAINT ck_recomputed_line_ordinal_from_one CHECK (ordinal >= 1),
    CONSTRAINT ck_recomputed_line_days_whole CHECK ((days IS NULL) = (period_days IS NULL)),
    CONSTRAINT ck_recomputed_line_days_possible CHECK (days >= 0 AND period_days > 0),
    CONSTRAINT ck_recomputed_line_quantity_finite CHECK (quantity > '-Infinity' AND quantity < 'Infinity'),
    CONSTRAINT ck_recomputed_line_unit_price_finite CHECK (unit_price > '-Infinity' AND unit_price < 'Infinity'),
    CONSTRAINT ck_recomputed_line_flat_fee_finite CHECK (flat_fee > '-Infinity' AND flat_fee < 'Infinity'),
    CONSTRAINT ck_recomputed_line_amount_finite CHECK (amount > '-Infinity' AND amount < 'Infinity')
);
COMMENT ON TABLE billing.recomputed_line IS 'Behind an adjustment: the corrected line as it is known now. Its sum less what was billed before is the adjustment.';
COMMENT ON COLUMN billing.recomputed_line.client_id IS 'The client.';
COMMENT ON COLUMN billing.recomputed_line.invoice_id IS 'The document.';
COMMENT ON COLUMN billing.recomputed_line.line_number IS 'The line.';
COMMENT ON COLUMN billing.recomputed_line.ordinal IS 'Place within the line, from 1.';
COMMENT ON COLUMN billing.recomputed_line.kind IS 'What it does to its line.';
COMMENT ON COLUMN billing.recomputed_line.text IS 'What it is for, in words.';
COMMENT ON COLUMN billing.recomputed_line.tier IS 'Name of the tier.';
COMMENT ON COLUMN billing.recomputed_line.quantity IS 'Units.';
COMMENT ON COLUMN billing.recomputed_line.unit_price IS 'Price of one unit, with all its digits.';
COMMENT ON COLUMN billing.recomputed_line.flat_fee IS 'Added once.';
COMMENT ON COLUMN billing.recomputed_line.days IS 'Days served, where it is prorated.';
COMMENT ON COLUMN billing.recomputed_line.period_days IS 'Days of the whole, where it is prorated.';
COMMENT ON COLUMN billing.recomputed_line.amount IS 'quantity × unit_price (× days ÷ period_days) + flat_fee, rounded once.';

CREATE TABLE billing.invoice_tax (
    client_id INTEGER NOT NULL,
    invoice_id BIGINT NOT NULL,
    ordinal INTEGER NOT NULL,
    tax_code TEXT NOT NULL,
    name TEXT NOT NULL,
    treatment TEXT NOT NULL,
    rate NUMERIC(20, 15) NOT NULL,
    note TEXT NOT NULL,
    net NUMERIC(30, 12) NOT NULL,
    tax NUMERIC(30, 12) NOT NULL,
    CONSTRAINT pk_invoice_tax PRIMARY KEY (client_id, invoice_id, ordinal),
    CONSTRAINT fk_invoice_tax_client_id_invoice_id FOREIGN KEY(client_id, invoice_id) REFERENCES billing.invoice (client_id, invoice_id),
    CONSTRAINT ck_invoice_tax_treatment_known CHECK (treatment IN ('standard', 'reverse_charge', 'exempt')),
    CONSTRAINT ck_invoice_tax_rate_share CHECK (rate BETWEEN 0 AND 1),
    CONSTRAINT ck_invoice_tax_tax_code_plain CHECK (tax_code !~ '[[:cntrl:]]' AND length(tax_code) BETWEEN 1 AND 64 AND tax_code = btrim(tax_code)),
    CONSTRAINT ck_invoice_tax_name_plain CHECK (name !~ '[[:cntrl:]]' AND length(name) BETWEEN 1 AND 200 AND name = btrim(name)),
    CONSTRAINT ck_invoice_tax_rate_finite CHECK (rate > '-Infinity' AND rate < 'Infinity'),
    CONSTRAINT ck_invoice_tax_net_finite CHECK (net > '-Infinity' AND net < 'Infinity'),
    CONSTRAINT ck_invoice_tax_tax_finite CHECK (tax > '-Infinity' AND tax < 'Infinity')
);
COMMENT ON TABLE billing.invoice_tax IS 'Taxes of issued documents, one row for each rate; each is rounded once.';
COMMENT ON COLUMN billing.invoice_tax.client_id IS 'The client.';
COMMENT ON COLUMN billing.invoice_tax.invoice_id IS 'The document.';
COMMENT ON COLUMN billing.invoice_tax.ordinal IS 'Place on the document, from 1.';
COMMENT ON COLUMN billing.invoice_tax.tax_code IS 'Tax code.';
COMMENT ON COLUMN billing.invoice_tax.name IS 'Name as on the document.';
COMMENT ON COLUMN billing.invoice_tax.treatment IS 'standard, reverse_charge or exempt.';
COMMENT ON COLUMN billing.invoice_tax.rate IS 'Share: 0.21 is 21 %.';
COMMENT ON COLUMN billing.invoice_tax.note IS 'What the law asks to be said; may be empty.';
COMMENT ON COLUMN billing.invoice_tax.net IS 'Sum of its lines.';
COMMENT ON COLUMN billing.invoice_tax.tax IS 'net × rate, rounded once.';

CREATE TABLE billing.evidence (
    client_id INTEGER NOT NULL,
    invoice_id BIGINT NOT NULL,
    meter_id INTEGER NOT NULL,
    usage_period DATE NOT NULL,
    disposition TEXT NOT NULL,
    event_count BIGINT NOT NULL,
    excluded_count BIGINT NOT NULL,
    included_count BIGINT NOT NULL,
    root BYTEA NOT NULL,
    CONSTRAINT pk_evidence PRIMARY KEY (client_id, invoice_id, meter_id, usage_period),
    CONSTRAINT fk_evidence_client_id_invoice_id FOREIGN KEY(client_id, invoice_id) REFERENCES billing.invoice (client_id, invoice_id),
    CONSTRAINT fk_evidence_meter_id FOREIGN KEY(meter_id) REFERENCES billing.meter (meter_id),
    CONSTRAINT ck_evidence_usage_period_first_of_month CHECK (extract(day FROM usage_period) = 1),
    CONSTRAINT ck_evidence_disposition_known CHECK (disposition IN ('billed', 'too_late', 'unpriced')),
    CONSTRAINT ck_evidence_counts_add_up CHECK (event_count >= 0 AND excluded_count >= 0 AND included_count >= 0 AND excluded_count + included_count <= event_count),
    CONSTRAINT ck_evidence_root_32_bytes CHECK (octet_length(root) = 32)
);
COMMENT ON TABLE billing.evidence IS 'The events that a document''s month bills, by meter and by the month in which they occurred, with the RFC 6962 root of their leaf hashes in order (occurred, event id).';
COMMENT ON COLUMN billing.evidence.client_id IS 'The client.';
COMMENT ON COLUMN billing.evidence.invoice_id IS 'The document.';
COMMENT ON COLUMN billing.evidence.meter_id IS 'What was counted.';
COMMENT ON COLUMN billing.evidence.usage_period IS 'Month in which they occurred, by its first day.';
COMMENT ON COLUMN billing.evidence.disposition IS 'billed, too_late (charged nothing), or unpriced (no price for the meter).';
COMMENT ON COLUMN billing.evidence.event_count IS 'Events: the leaves under the root.';
COMMENT ON COLUMN billing.evidence.excluded_count IS 'Of them excluded, each listed in evidence_exclusion.';
COMMENT ON COLUMN billing.evidence.included_count IS 'Of the others, those that the included quantity covers.';
COMMENT ON COLUMN billing.evidence.root IS 'RFC 6962 root of their leaf hashes.';

CREATE TABLE billing.line_evidence (
    client_id INTEGER NOT NULL,
    invoice_id BIGINT NOT NULL,
    line_number INTEGER NOT NULL,
    meter_id INTEGER NOT NULL,
    usage_period DATE NOT NULL,
    CONSTRAINT pk_line_evidence PRIMARY KEY (client_id, invoice_id, line_number, meter_id, usage_period),
    CONSTRAINT fk_line_evidence_client_id_invoice_id_line_number FOREIGN KEY(client_id, invoice_id, line_number) REFERENCES billing.invoice_line (client_id, invoice_id, line_number),
    CONSTRAINT fk_line_evidence_client_id_invoice_id_meter_id_usage_period FOREIGN KEY(client_id, invoice_id, meter_id, usage_period) REFERENCES billing.evidence (client_id, invoice_id, meter_id, usage_period)
);
COMMENT ON TABLE billing.line_evidence IS 'Which events stand behind a line.';
COMMENT ON COLUMN billing.line_evidence.client_id IS 'The client.';
COMMENT ON COLUMN billing.line_evidence.invoice_id IS 'The document.';
COMMENT ON COLUMN billing.line_evidence.line_number IS 'The line.';
COMMENT ON COLUMN billing.line_evidence.meter_id IS 'What was counted.';
COMMENT ON COLUMN billing.line_evidence.usage_period IS 'Month in which they occurred, by its first day.';

CREATE TABLE billing.evidence_exclusion (
    client_id INTEGER NOT NULL,
    invoice_id BIGINT NOT NULL,
    event_id UUID NOT NULL,
    meter_id INTEGER NOT NULL,
    usage_period DATE NOT NULL,
    reason TEXT NOT NULL,
    by_event_id UUID,
    CONSTRAINT pk_evidence_exclusion PRIMARY KEY (client_id, invoice_id, event_id),
    CONSTRAINT fk_evidence_exclusion_client_id_invoice_id_meter_id_usa_a781 FOREIGN KEY(client_id, invoice_id, meter_id, usage_period) REFERENCES billing.evidence (client_id, invoice_id, meter_id, usage_period),
    CONSTRAINT ck_evidence_exclusion_reason_known CHECK (reason IN ('superseded', 'withdraws')),
    CONSTRAINT ck_evidence_exclusion_superseded_by_another CHECK (reason <> 'superseded' OR by_event_id IS NOT NULL)
);
COMMENT ON TABLE billing.evidence_exclusion IS 'Events that counted nothing when their month was issued, each with its reason.';
COMMENT ON COLUMN billing.evidence_exclusion.client_id IS 'The client.';
COMMENT ON COLUMN billing.evidence_exclusion.invoice_id IS 'The document.';
COMMENT ON COLUMN billing.evidence_exclusion.event_id IS 'The event.';
COMMENT ON COLUMN billing.evidence_exclusion.meter_id IS 'What was counted.';
COMMENT ON COLUMN billing.evidence_exclusion.usage_period IS 'Month in which it occurred, by its first day.';
COMMENT ON COLUMN billing.evidence_exclusion.reason IS 'superseded by another event, or withdraws: it only takes another one back.';
COMMENT ON COLUMN billing.evidence_exclusion.by_event_id IS 'The event that superseded it.';

CREATE TABLE billing.period_approval (
    client_id INTEGER NOT NULL,
    billing_period DATE NOT NULL,
    approved_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    approved_by TEXT NOT NULL,
    override_reason TEXT,
    failed_at TIMESTAMP WITH TIME ZONE,
    fault TEXT,
    CONSTRAINT pk_period_approval PRIMARY KEY (client_id, billing_period),
    CONSTRAINT fk_period_approval_client_id_billing_period FOREIGN KEY(client_id, billing_period) REFERENCES billing.billing_period (client_id, billing_period),
    CONSTRAINT ck_period_approval_fault_whole CHECK ((failed_at IS NULL) = (fault IS NULL))
);
COMMENT ON TABLE billing.period_approval IS 'Months that may be issued: the worker closes them once their grace time is over, or at once where that is overridden with a reason.';
COMMENT ON COLUMN billing.period_approval.client_id IS 'The client.';
COMMENT ON COLUMN billing.period_approval.billing_period IS 'The month, by its first day.';
COMMENT ON COLUMN billing.period_approval.approved_at IS 'When it was approved.';
COMMENT ON COLUMN billing.period_approval.approved_by IS 'Address of who approved it.';
COMMENT ON COLUMN billing.period_approval.override_reason IS 'Why it is issued in spite of what is not ready; null: only once all is ready.';
COMMENT ON COLUMN billing.period_approval.failed_at IS 'When closing it failed last; null while it did not.';
COMMENT ON COLUMN billing.period_approval.fault IS 'Why it failed, as a sentence.';

CREATE TABLE billing.legal_invoice (
    client_id INTEGER NOT NULL,
    billing_period DATE NOT NULL,
    number TEXT NOT NULL,
    issued_on DATE NOT NULL,
    currency TEXT NOT NULL,
    net NUMERIC(30, 12) NOT NULL,
    gross NUMERIC(30, 12) NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    recorded_by TEXT NOT NULL,
    CONSTRAINT pk_legal_invoice PRIMARY KEY (client_id, billing_period, number),
    CONSTRAINT fk_legal_invoice_client_id FOREIGN KEY(client_id) REFERENCES billing.client (client_id),
    CONSTRAINT ck_legal_invoice_billing_period_first_of_month CHECK (extract(day FROM billing_period) = 1),
    CONSTRAINT ck_legal_invoice_currency_iso_4217 CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT ck_legal_invoice_number_plain CHECK (number !~ '[[:cntrl:]]' AND length(number) BETWEEN 1 AND 80 AND number = btrim(number)),
    CONSTRAINT ck_legal_invoice_net_finite CHECK (net > '-Infinity' AND net < 'Infinity'),
    CONSTRAINT ck_legal_invoice_gross_finite CHECK (gross > '-Infinity' AND gross < 'Infinity')
);
COMMENT ON TABLE billing.legal_invoice IS 'Invoices that an accounting system issued for a month, to compare with what is computed here; append-only.';
COMMENT ON COLUMN billing.legal_invoice.client_id IS 'The client.';
COMMENT ON COLUMN billing.legal_invoice.billing_period IS 'The month, by its first day.';
COMMENT ON COLUMN billing.legal_invoice.number IS 'Number in that system.';
COMMENT ON COLUMN billing.legal_invoice.issued_on IS 'Its date.';
COMMENT ON COLUMN billing.legal_invoice.currency IS 'Currency, ISO 4217.';
COMMENT ON COLUMN billing.legal_invoice.net IS 'Its total before tax.';
COMMENT ON COLUMN billing.legal_invoice.gross IS 'Its total with tax.';
COMMENT ON COLUMN billing.legal_invoice.recorded_at IS 'When it was taken back here.';
COMMENT ON COLUMN billing.legal_invoice.recorded_by IS 'Who took it back.';

CREATE TABLE billing.invoice_question (
    client_id INTEGER NOT NULL,
    question_id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    invoice_id BIGINT NOT NULL,
    line_number INTEGER,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    disputed_amount NUMERIC(30, 12),
    agreed_amount NUMERIC(30, 12),
    credit_invoice_id BIGINT,
    opened_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    opened_by TEXT NOT NULL,
    CONSTRAINT pk_invoice_question PRIMARY KEY (client_id, question_id),
    CONSTRAINT fk_invoice_question_client_id_invoice_id FOREIGN KEY(client_id, invoice_id) REFERENCES billing.invoice (client_id, invoice_id),
    CONSTRAINT ck_invoice_question_kind_known CHECK (kind IN ('question', 'dispute')),
    CONSTRAINT ck_invoice_question_state_known CHECK (state IN ('open', 'answered', 'agreed', 'rejected')),
    CONSTRAINT ck_invoice_question_dispute_has_amount CHECK ((kind = 'dispute') = (disputed_amount IS NOT NULL)),
    CONSTRAINT ck_invoice_question_disputed_amount_positive CHECK (disputed_amount > 0),
    CONSTRAINT ck_invoice_question_agreed_has_amount CHECK ((state = 'agreed') = (agreed_amount IS NOT NULL)),
    CONSTRAINT ck_invoice_question_agreed_amount_positive CHECK (agreed_amount > 0),
    CONSTRAINT ck_invoice_question_only_disputes_are_agreed CHECK (state <> 'agreed' OR kind = 'dispute'),
    CONSTRAINT ck_invoice_question_disputed_amount_finite CHECK (disputed_amount > '-Infinity' AND disputed_amount < 'Infinity'),
    CONSTRAINT ck_invoice_question_agreed_amount_finite CHECK (agreed_amount > '-Infinity' AND agreed_amount < 'Infinity')
);
CREATE INDEX invoice_question_of_invoice ON billing.invoice_question (client_id, invoice_id);
COMMENT ON TABLE billing.invoice_question IS 'Questions about issued documents and disputes of amounts; the words stand apart.';
COMMENT ON COLUMN billing.invoice_question.client_id IS 'The client.';
COMMENT ON COLUMN billing.invoice_question.question_id IS 'The question.';
COMMENT ON COLUMN billing.invoice_question.invoice_id IS 'The document.';
COMMENT ON COLUMN billing.invoice_question.line_number IS 'The line; null: the whole document.';
COMMENT ON COLUMN billing.invoice_question.kind IS 'question, or dispute of an amount.';
COMMENT ON COLUMN billing.invoice_question.state IS 'open, answered, agreed or rejected.';
COMMENT ON COLUMN billing.invoice_question.disputed_amount IS 'Of a dispute: the amount before tax that is thought too much.';
COMMENT ON COLUMN billing.invoice_question.agreed_amount IS 'The amount before tax that is credited.';
COMMENT ON COLUMN billing.invoice_question.credit_invoice_id IS 'The credit note that credits it; null until it is issued.';
COMMENT ON COLUMN billing.invoice_question.opened_at IS 'When it was asked.';
COMMENT ON COLUMN billing.invoice_question.opened_by IS 'Address of who asked.';

CREATE TABLE billing.question_message (
    client_id INTEGER NOT NULL,
    question_id BIGINT NOT NULL,
    message_number INTEGER NOT NULL,
    said_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    author TEXT NOT NULL,
    author_name TEXT NOT NULL,
    is_of_msp BOOLEAN NOT NULL,
    message TEXT NOT NULL,
    state TEXT NOT NULL,
    CONSTRAINT pk_question_message PRIMARY KEY (client_id, question_id, message_number),
    CONSTRAINT fk_question_message_client_id_question_id FOREIGN KEY(client_id, question_id) REFERENCES billing.invoice_question (client_id, question_id),
    CONSTRAINT ck_question_message_state_known CHECK (state IN ('open', 'answered', 'agreed', 'rejected')),
    CONSTRAINT ck_question_message_message_number_from_one CHECK (message_number >= 1),
    CONSTRAINT ck_question_message_message_length CHECK (length(message) BETWEEN 1 AND 4000)
);
COMMENT ON TABLE billing.question_message IS 'The thread of a question, append-only; each message with the state it led to.';
COMMENT ON COLUMN billing.question_message.client_id IS 'The client.';
COMMENT ON COLUMN billing.question_message.question_id IS 'The question.';
COMMENT ON COLUMN billing.question_message.message_number IS 'Place in the thread, from 1.';
COMMENT ON COLUMN billing.question_message.said_at IS 'When.';
COMMENT ON COLUMN billing.question_message.author IS 'Address of who said it.';
COMMENT ON COLUMN billing.question_message.author_name IS 'Name of who said it.';
COMMENT ON COLUMN billing.question_message.is_of_msp IS 'Whether the author works for the MSP.';
COMMENT ON COLUMN billing.question_message.message IS 'What was said.';
COMMENT ON COLUMN billing.question_message.state IS 'State of the question from then on.';

CREATE OR REPLACE FUNCTION billing.keep_period() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RAISE EXCEPTION 'billing period % is %: it goes forward only, from open to closing to issued',
        OLD.billing_period, OLD.state
        USING ERRCODE = 'restrict_violation';
END
$function$;
CREATE FUNCTION billing.check_invoice() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    wrong integer;
BEGIN
    IF NEW.net <> (SELECT coalesce(sum(l.amount), 0) FROM billing.invoice_line l
                   WHERE l.client_id = NEW.client_id AND l.invoice_id = NEW.invoice_id) THEN
        RAISE EXCEPTION 'document %: net is not the sum of its lines', NEW.number
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.tax <> (SELECT coalesce(sum(t.tax), 0) FROM billing.invoice_tax t
                   WHERE t.client_id = NEW.client_id AND t.invoice_id = NEW.invoice_id) THEN
        RAISE EXCEPTION 'document %: tax is not the sum of its taxes', NEW.number
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT min(l.line_number) INTO wrong FROM billing.invoice_line l
    WHERE l.client_id = NEW.client_id AND l.invoice_id = NEW.invoice_id
      AND l.amount <> (SELECT coalesce(sum(d.amount), 0) FROM billing.detailed_line d
                       WHERE d.client_id = l.client_id AND d.invoice_id = l.invoice_id
                         AND d.line_number = l.line_number);
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'document %: line % is not the sum of its detailed lines', NEW.number, wrong
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION billing.check_invoice() FROM PUBLIC;
CREATE FUNCTION billing.keep_to_its_invoice() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT a.client_id, a.invoice_id FROM added a) o
               JOIN billing.invoice i USING (client_id, invoice_id)
               WHERE i.xmin <> pg_current_xact_id()::xid) THEN
        RAISE EXCEPTION '%.%: a document was issued already, nothing is added to it',
            TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION billing.keep_to_its_invoice() FROM PUBLIC;
CREATE FUNCTION auth.note_export(
    given_session bytea, given_client integer, given_subject text, given_form text,
    given_address text
) RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    viewer integer := auth.live_person(given_session);
BEGIN
    IF viewer IS NULL OR NOT auth.may_see(viewer, given_client) THEN RETURN false; END IF;
    INSERT INTO billing.audit_log (actor, action, subject, client_id, address, detail)
    SELECT p.email, 'export', left(given_subject, 120), given_client,
           nullif(left(given_address, 64), ''), jsonb_build_object('form', left(given_form, 64))
    FROM auth.person p WHERE p.person_id = viewer;
    RETURN true;
END
$function$;
REVOKE ALL ON FUNCTION auth.note_export(bytea, integer, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth.note_export(bytea, integer, text, text, text) TO meterglass_portal;

REVOKE ALL ON billing.invoice FROM PUBLIC;
ALTER TABLE billing.invoice ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.invoice FORCE ROW LEVEL SECURITY;
CREATE POLICY invoice_owner ON billing.invoice TO meterglass_owner USING (true) WITH CHECK (true);
REVOKE ALL ON billing.invoice_line FROM PUBLIC;
ALTER TABLE billing.invoice_line ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.invoice_line FORCE ROW LEVEL SECURITY;
CREATE POLICY invoice_line_owner ON billing.invoice_line TO meterglass_owner USING (true) WITH CHECK (true);
REVOKE ALL ON billing.detailed_line FROM PUBLIC;
ALTER TABLE billing.detailed_line ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.detailed_line FORCE ROW LEVEL SECURITY;
CREATE POLICY detailed_line_owner ON billing.detailed_line TO meterglass_owner USING (true) WITH CHECK (true);
REVOKE ALL ON billing.recomputed_line FROM PUBLIC;
ALTER TABLE billing.recomputed_line ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.recomputed_line FORCE ROW LEVEL SECURITY;
CREATE POLICY recomputed_line_owner ON billing.recomputed_line TO meterglass_owner USING (true) WITH CHECK (true);
REVOKE ALL ON billing.invoice_tax FROM PUBLIC;
ALTER TABLE billing.invoice_tax ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.invoice_tax FORCE ROW LEVEL SECURITY;
CREATE POLICY invoice_tax_owner ON billing.invoice_tax TO meterglass_owner USING (true) WITH CHECK (true);
REVOKE ALL ON billing.evidence FROM PUBLIC;
ALTER TABLE billing.evidence ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.evidence FORCE ROW LEVEL SECURITY;
CREATE POLICY evidence_owner ON billing.evidence TO meterglass_owner USING (true) WITH CHECK (true);
REVOKE ALL ON billing.line_evidence FROM PUBLIC;
ALTER TABLE billing.line_evidence ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.line_evidence FORCE ROW LEVEL SECURITY;
CREATE POLICY line_evidence_owner ON billing.line_evidence TO meterglass_owner USING (true) WITH CHECK (true);
REVOKE ALL ON billing.evidence_exclusion FROM PUBLIC;
ALTER TABLE billing.evidence_exclusion ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.evidence_exclusion FORCE ROW LEVEL SECURITY;
CREATE POLICY evidence_exclusion_owner ON billing.evidence_exclusion TO meterglass_owner USING (true) WITH CHECK (true);
REVOKE ALL ON billing.invoice_question FROM PUBLIC;
ALTER TABLE billing.invoice_question ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.invoice_question FORCE ROW LEVEL SECURITY;
CREATE POLICY invoice_question_owner ON billing.invoice_question TO meterglass_owner USING (true) WITH CHECK (true);
REVOKE ALL ON billing.question_message FROM PUBLIC;
ALTER TABLE billing.question_message ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.question_message FORCE ROW LEVEL SECURITY;
CREATE POLICY question_message_owner ON billing.question_message TO meterglass_owner USING (true) WITH CHECK (true);
REVOKE ALL ON billing.legal_invoice FROM PUBLIC;
ALTER TABLE billing.legal_invoice ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.legal_invoice FORCE ROW LEVEL SECURITY;
CREATE POLICY legal_invoice_owner ON billing.legal_invoice TO meterglass_owner USING (true) WITH CHECK (true);
REVOKE ALL ON billing.period_approval FROM PUBLIC;
ALTER TABLE billing.period_approval ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.period_approval FORCE ROW LEVEL SECURITY;
CREATE POLICY period_approval_owner ON billing.period_approval TO meterglass_owner USING (true) WITH CHECK (true);
REVOKE ALL ON billing.invoice_counter FROM PUBLIC;
ALTER TABLE billing.invoice_counter ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.invoice_counter FORCE ROW LEVEL SECURITY;
CREATE POLICY invoice_counter_owner ON billing.invoice_counter TO meterglass_owner USING (true) WITH CHECK (true);
REVOKE ALL ON billing.tax_rate FROM PUBLIC;
ALTER TABLE billing.tax_rate ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.tax_rate FORCE ROW LEVEL SECURITY;
CREATE POLICY tax_rate_owner ON billing.tax_rate TO meterglass_owner USING (true) WITH CHECK (true);
REVOKE ALL ON billing.signing_key FROM PUBLIC;
ALTER TABLE billing.signing_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.signing_key FORCE ROW LEVEL SECURITY;
CREATE POLICY signing_key_owner ON billing.signing_key TO meterglass_owner USING (true) WITH CHECK (true);
GRANT SELECT ON billing.invoice TO meterglass_client, meterglass_msp;
CREATE POLICY invoice_screens ON billing.invoice FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = (SELECT billing.current_client_id()));
GRANT SELECT ON billing.invoice_line TO meterglass_client, meterglass_msp;
CREATE POLICY invoice_line_screens ON billing.invoice_line FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = (SELECT billing.current_client_id()));
GRANT SELECT ON billing.detailed_line TO meterglass_client, meterglass_msp;
CREATE POLICY detailed_line_screens ON billing.detailed_line FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = (SELECT billing.current_client_id()));
GRANT SELECT ON billing.recomputed_line TO meterglass_client, meterglass_msp;
CREATE POLICY recomputed_line_screens ON billing.recomputed_line FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = (SELECT billing.current_client_id()));
GRANT SELECT ON billing.invoice_tax TO meterglass_client, meterglass_msp;
CREATE POLICY invoice_tax_screens ON billing.invoice_tax FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = (SELECT billing.current_client_id()));
GRANT SELECT ON billing.evidence TO meterglass_client, meterglass_msp;
CREATE POLICY evidence_screens ON billing.evidence FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = (SELECT billing.current_client_id()));
GRANT SELECT ON billing.line_evidence TO meterglass_client, meterglass_msp;
CREATE POLICY line_evidence_screens ON billing.line_evidence FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = (SELECT billing.current_client_id()));
GRANT SELECT ON billing.evidence_exclusion TO meterglass_client, meterglass_msp;
CREATE POLICY evidence_exclusion_screens ON billing.evidence_exclusion FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = (SELECT billing.current_client_id()));
GRANT SELECT ON billing.invoice_question TO meterglass_client, meterglass_msp;
CREATE POLICY invoice_question_screens ON billing.invoice_question FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = (SELECT billing.current_client_id()));
GRANT SELECT ON billing.question_message TO meterglass_client, meterglass_msp;
CREATE POLICY question_message_screens ON billing.question_message FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = (SELECT billing.current_client_id()));
GRANT SELECT ON billing.legal_invoice TO meterglass_client, meterglass_msp;
CREATE POLICY legal_invoice_screens ON billing.legal_invoice FOR SELECT TO meterglass_client, meterglass_msp USING (client_id = (SELECT billing.current_client_id()));
GRANT SELECT ON billing.period_approval TO meterglass_msp;
CREATE POLICY period_approval_msp ON billing.period_approval FOR SELECT TO meterglass_msp USING (client_id = (SELECT billing.msp_client_id()));
GRANT SELECT ON billing.tax_rate TO meterglass_writer, meterglass_client, meterglass_msp;
CREATE POLICY tax_rate_shared ON billing.tax_rate FOR SELECT TO meterglass_writer, meterglass_client, meterglass_msp USING (true);
GRANT SELECT ON billing.signing_key TO meterglass_writer, meterglass_client, meterglass_msp;
CREATE POLICY signing_key_shared ON billing.signing_key FOR SELECT TO meterglass_writer, meterglass_client, meterglass_msp USING (true);
GRANT SELECT, INSERT ON billing.invoice TO meterglass_writer;
CREATE POLICY invoice_writer ON billing.invoice TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));
GRANT SELECT, INSERT ON billing.invoice_line TO meterglass_writer;
CREATE POLICY invoice_line_writer ON billing.invoice_line TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));
GRANT SELECT, INSERT ON billing.detailed_line TO meterglass_writer;
CREATE POLICY detailed_line_writer ON billing.detailed_line TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));
GRANT SELECT, INSERT ON billing.recomputed_line TO meterglass_writer;
CREATE POLICY recomputed_line_writer ON billing.recomputed_line TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));
GRANT SELECT, INSERT ON billing.invoice_tax TO meterglass_writer;
CREATE POLICY invoice_tax_writer ON billing.invoice_tax TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));
GRANT SELECT, INSERT ON billing.evidence TO meterglass_writer;
CREATE POLICY evidence_writer ON billing.evidence TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));
GRANT SELECT, INSERT ON billing.line_evidence TO meterglass_writer;
CREATE POLICY line_evidence_writer ON billing.line_evidence TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));
GRANT SELECT, INSERT ON billing.evidence_exclusion TO meterglass_writer;
CREATE POLICY evidence_exclusion_writer ON billing.evidence_exclusion TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));
GRANT SELECT, INSERT, UPDATE ON billing.invoice_counter TO meterglass_writer;
CREATE POLICY invoice_counter_writer ON billing.invoice_counter TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));
GRANT SELECT, UPDATE (credit_invoice_id) ON billing.invoice_question TO meterglass_writer;
CREATE POLICY invoice_question_writer ON billing.invoice_question TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));
GRANT SELECT, INSERT ON billing.question_message TO meterglass_writer;
CREATE POLICY question_message_writer ON billing.question_message TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));
GRANT SELECT, INSERT ON billing.legal_invoice TO meterglass_writer;
CREATE POLICY legal_invoice_writer ON billing.legal_invoice TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));
GRANT SELECT, UPDATE (failed_at, fault) ON billing.period_approval TO meterglass_writer;
CREATE POLICY period_approval_writer ON billing.period_approval TO meterglass_writer USING (client_id = ANY ((SELECT billing.writer_client_ids())::integer[])) WITH CHECK (client_id = ANY ((SELECT billing.writer_client_ids())::integer[]));
CREATE TRIGGER billing_period_goes_forward
    BEFORE UPDATE OF state ON billing.billing_period FOR EACH ROW
    WHEN (OLD.state <> NEW.state
    AND (OLD.state, NEW.state) NOT IN (('open', 'closing'), ('closing', 'issued')))
    EXECUTE FUNCTION billing.keep_period();
CREATE CONSTRAINT TRIGGER invoice_adds_up AFTER INSERT ON billing.invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing.check_invoice();
CREATE TRIGGER invoice_line_comes_with_invoice AFTER INSERT ON billing.invoice_line
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION billing.keep_to_its_invoice();
CREATE TRIGGER detailed_line_comes_with_invoice AFTER INSERT ON billing.detailed_line
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION billing.keep_to_its_invoice();
CREATE TRIGGER recomputed_line_comes_with_invoice AFTER INSERT ON billing.recomputed_line
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION billing.keep_to_its_invoice();
CREATE TRIGGER invoice_tax_comes_with_invoice AFTER INSERT ON billing.invoice_tax
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION billing.keep_to_its_invoice();
CREATE TRIGGER evidence_comes_with_invoice AFTER INSERT ON billing.evidence
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION billing.keep_to_its_invoice();
CREATE TRIGGER line_evidence_comes_with_invoice AFTER INSERT ON billing.line_evidence
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION billing.keep_to_its_invoice();
CREATE TRIGGER evidence_exclusion_comes_with_invoice AFTER INSERT ON billing.evidence_exclusion
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION billing.keep_to_its_invoice();
CREATE TRIGGER invoice_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.invoice FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();
ALTER TABLE billing.invoice ENABLE ALWAYS TRIGGER invoice_append_only;
CREATE TRIGGER invoice_line_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.invoice_line FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();
ALTER TABLE billing.invoice_line ENABLE ALWAYS TRIGGER invoice_line_append_only;
CREATE TRIGGER detailed_line_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.detailed_line FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();
ALTER TABLE billing.detailed_line ENABLE ALWAYS TRIGGER detailed_line_append_only;
CREATE TRIGGER recomputed_line_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.recomputed_line FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();
ALTER TABLE billing.recomputed_line ENABLE ALWAYS TRIGGER recomputed_line_append_only;
CREATE TRIGGER invoice_tax_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.invoice_tax FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();
ALTER TABLE billing.invoice_tax ENABLE ALWAYS TRIGGER invoice_tax_append_only;
CREATE TRIGGER evidence_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.evidence FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();
ALTER TABLE billing.evidence ENABLE ALWAYS TRIGGER evidence_append_only;
CREATE TRIGGER line_evidence_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.line_evidence FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();
ALTER TABLE billing.line_evidence ENABLE ALWAYS TRIGGER line_evidence_append_only;
CREATE TRIGGER evidence_exclusion_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.evidence_exclusion FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();
ALTER TABLE billing.evidence_exclusion ENABLE ALWAYS TRIGGER evidence_exclusion_append_only;
CREATE TRIGGER question_message_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.question_message FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();
ALTER TABLE billing.question_message ENABLE ALWAYS TRIGGER question_message_append_only;
CREATE TRIGGER legal_invoice_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.legal_invoice FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();
ALTER TABLE billing.legal_invoice ENABLE ALWAYS TRIGGER legal_invoice_append_only;
REVOKE UPDATE ON billing.billing_period FROM meterglass_writer;
GRANT UPDATE (state, cut_at, cut_reason, known_corrections) ON billing.billing_period TO meterglass_writer;
