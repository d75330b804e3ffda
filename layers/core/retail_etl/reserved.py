"""Words that Redshift keeps for itself: no name of a table or column, unless it is quoted, and ours never are.

Source: Amazon Redshift Database Developer Guide, "Reserved words".
"""

# fmt: off
RESERVED_WORDS = frozenset({
    "aes128", "aes256", "all", "allowoverwrite", "analyse", "analyze", "and", "any", "append", "array", "as",
    "asc", "authorization", "az64", "between", "binary", "blanksasnull", "both", "bytedict", "case", "cast",
    "check", "collate", "column", "comprows", "compupdate", "constraint", "create", "credentials", "cross",
    "current_date", "current_time", "current_timestamp", "current_user", "current_user_id", "datetime", "default",
    "deferrable", "defrag", "delimiters", "delta", "delta32k", "desc", "disable", "distinct", "do", "else",
    "emptyasnull", "enable", "encrypt", "encryption", "end", "except", "explicit_ids", "false", "fillrecord",
    "for", "foreign", "freeze", "from", "full", "globaldict256", "globaldict64k", "grant", "group", "having",
    "identity", "ignore", "ignoreblanklines", "ignoreheader", "ilike", "in", "initially", "inner", "intersect",
    "into", "is", "isnull", "join", "leading", "left", "like", "limit", "localtime", "localtimestamp", "lun",
    "luns", "lzo", "minus", "mostly16", "mostly32", "mostly8", "natural", "new", "not", "notnull", "null",
    "nulls", "off", "offset", "oid", "old", "on", "only", "open", "or", "order", "outer", "overlaps", "parallel",
    "partition", "percent", "permissions", "pivot", "placing", "primary", "raw", "readratio", "recover",
    "references", "rejectlog", "resort", "respect", "restore", "right", "runlength", "select", "session_user",
    "similar", "snapshot", "some", "sysdate", "system", "table", "tag", "tdes", "text255", "text32k", "then",
    "timestamp", "to", "top", "trailing", "true", "truncatecolumns", "union", "unique", "unnest", "unpivot",
    "user", "using", "verbose", "when", "where", "with", "within", "without",
})
# fmt: on
