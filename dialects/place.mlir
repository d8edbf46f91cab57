// The place dialect: what the partition pass decided. Tiers and pools stand at the top of the agent's
// function; a transfer stands on each value that crosses tiers.
irdl.dialect @place {
  irdl.operation @tier {
    %name = irdl.base "#builtin.string"
    irdl.attributes { "name" = %name }
  }

  irdl.operation @pool {
    %name = irdl.base "#builtin.string"
    %tier = irdl.base "#builtin.string"
    irdl.attributes { "name" = %name, "tier" = %tier }
  }

  irdl.operation @transfer {
    %value = irdl.any
    %link = irdl.base "#builtin.string"
    irdl.attributes { "link" = %link }
    irdl.operands(input: %value)
    irdl.results(output: %value)
  }
}
