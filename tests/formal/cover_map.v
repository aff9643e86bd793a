// SPDX-License-Identifier: Apache-2.0
// A cover as an assertion that must fail: the counterexample is the witness.
(* techmap_celltype = "$cover" *)
module _cover_ (
    input wire A,
    input wire EN
);
  \$assert reached (.A(!A), .EN(EN));
endmodule
