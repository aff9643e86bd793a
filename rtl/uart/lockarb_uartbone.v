// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// lockarb_uartbone: a serial line as AXI4-Lite master, in the protocol that LiteX calls uartbone.
//
// A frame is {command, words, address of the first word, most significant byte first}, where the
// address counts words of four bytes, and, of a write, {words, most significant byte first}. A read
// is answered with its words, most significant byte first, a write with nothing.
//   - Commands: 1 write, 2 read; 3 write, 4 read, all words at one address.
//   - The number of words is a byte; 0 means 256.
//
// Policy
//   - A frame is carried out when its last byte has come, and only then: a cut write writes nothing.
//   - The protocol has no check sum, so what follows something broken is not believed: after a byte
//     that is no byte, a command that is none, or bytes that came while there was no place for them,
//     and after reset, all bytes are ignored until the line was silent for Timeout bit times.
//   - A frame that stops half-way is forgotten after the same silence.
//   - One frame at a time: a host waits for the answer to a read before it sends on. Of what comes
//     while a frame is carried out one byte is kept, so frames may follow a write without a gap.
//   - The answer to a read that the bus refused, or outside the 2^25 bytes, is all ones. A refused
//     write is told by bus_error_o alone.
//   - Accesses are privileged; the sideband says the core whose window is accessed.
//
// Timing
//   - A written word takes 2 clocks more than the bus needs for it. While all of a write take less
//     than 19 bit times, any frame may follow at once: at 80 clocks per bit, 256 words of 6 clocks.
module lockarb_uartbone #(
    parameter ClockHz = 12000000,  // 8 times Baud at least
    parameter Baud = 115200,       // of which a whole number makes ClockHz, but for 1 %
    parameter Timeout = 16384      // 16 to 2^20: bit times of silence that end a frame
) (
    input  wire        clk_i,
    input  wire        rst_ni,          // synchronous, active low

    input  wire        uart_rx_i,       // asynchronous
    output wire        uart_tx_o,

    output wire        deaf_o,          // level: bytes are ignored until the line is silent
    output wire        bus_error_o,     // one-clock pulse: an access was refused, or outside

    output wire [24:0] m_axil_awaddr,
    output wire [ 2:0] m_axil_awprot,
    output wire [ 4:0] m_axil_awuser,
    output wire        m_axil_awvalid,
    input  wire        m_axil_awready,
    output wire [31:0] m_axil_wdata,
    output wire [ 3:0] m_axil_wstrb,
    output wire        m_axil_wvalid,
    input  wire        m_axil_wready,
    input  wire [ 1:0] m_axil_bresp,
    input  wire        m_axil_bvalid,
    output wire        m_axil_bready,
    output wire [24:0] m_axil_araddr,
    output wire [ 2:0] m_axil_arprot,
    output wire [ 4:0] m_axil_aruser,
    output wire        m_axil_arvalid,
    input  wire        m_axil_arready,
    input  wire [31:0] m_axil_rdata,
    input  wire [ 1:0] m_axil_rresp,
    input  wire        m_axil_rvalid,
    output wire        m_axil_rready
);

  wire rx_valid, rx_error, silent, tx_ready;
  wire [7:0] rx_data;

  // Where a frame is. In the first four states bytes are taken.
  localparam [2:0] Command = 3'd0;
  localparam [2:0] Length = 3'd1;
  localparam [2:0] Address = 3'd2;
  localparam [2:0] Data = 3'd3;
  localparam [2:0] Fetch = 3'd4;  // a word to write, from the RAM
  localparam [2:0] Access = 3'd5;
  localparam [2:0] Send = 3'd6;

  reg [2:0] state_q, state_d;
  reg deaf_q, deaf_d;
  // A byte that came while a frame was carried out.
  reg byte_valid_q, byte_valid_d;
  reg [7:0] byte_q;
  reg write_q, write_d;
  reg fixed_q, fixed_d;
  reg [7:0] words_q, words_d;
  reg [7:0] index_q, index_d;  // of the word
  reg [1:0] part_q, part_d;  // of the word or address: which byte
  // The address of a word; above it, whether it is outside.
  reg [23:0] address_q, address_d;
  reg [31:0] word_q, word_d;
  reg awvalid_q, awvalid_d;
  reg wvalid_q, wvalid_d;
  reg arvalid_q, arvalid_d;
  reg bus_error;

  wire receiving = !state_q[2];
  wire outside = address_q[23];
  // Past the last address is outside, and stays there.
  wire [23:0] next_address = {outside, 23'd0} | {1'b0, address_q[22:0]} + 24'd1;
  wire last_part = part_q == 2'd3;
  wire last_word = index_q + 8'd1 == words_q;
  wire store = state_q == Data && byte_valid_q && last_part;
  wire [31:0] shifted = {word_q[23:0], byte_q};
  wire done = write_q ? m_axil_bvalid : m_axil_rvalid;
  wire refused = write_q ? m_axil_bresp[1] : m_axil_rresp[1];

  always @* begin
    state_d = state_q;
    deaf_d = deaf_q;
    byte_valid_d = rx_valid || byte_valid_q && !receiving;
    write_d = write_q;
    fixed_d = fixed_q;
    words_d = words_q;
    index_d = index_q;
    part_d = part_q;
    address_d = address_q;
    word_d = word_q;
    awvalid_d = awvalid_q && !m_axil_awready;
    wvalid_d = wvalid_q && !m_axil_wready;
    arvalid_d = arvalid_q && !m_axil_arready;
    bus_error = 1'b0;

    case (state_q)
      Command: begin
        write_d = byte_q[0];
        fixed_d = byte_q > 8'd2;
        index_d = 8'd0;
        part_d = 2'd0;
        address_d = 24'd0;
        if (byte_valid_q) begin
          state_d = Length;
          if (byte_q == 8'd0 || byte_q > 8'd4) begin
            state_d = Command;
            deaf_d = 1'b1;
          end
        end
      end
      Length: begin
        words_d = byte_q;
        if (byte_valid_q) state_d = Address;
      end
      Address:
      if (byte_valid_q) begin
        address_d = {address_q[23:15] != 9'd0, address_q[14:0], byte_q};
        part_d = part_q + 2'd1;
        if (last_part) begin
          state_d = Data;
          if (!write_q) begin
            state_d = Access;
            arvalid_d = !address_d[23];
          end
        end
      end
      Data:
      if (byte_valid_q) begin
        word_d = shifted;
        part_d = part_q + 2'd1;
        if (last_part) begin
          index_d = index_q + 8'd1;
          if (last_word) begin
            state_d = Fetch;
            index_d = 8'd0;
          end
        end
      end
      Fetch: begin
        state_d = Access;
        awvalid_d = !outside;
        wvalid_d = !outside;
      end
      Access:
      if (outside || done) begin
        bus_error = outside || refused;
        word_d = bus_error ? 32'hffffffff : m_axil_rdata;
        state_d = Send;
        if (write_q) begin
          state_d = last_word ? Command : Fetch;
          index_d = index_q + 8'd1;
          if (!fixed_q) address_d = next_address;
        end
      end
      default:  // Send
      if (tx_ready) begin
        word_d = {word_q[23:0], 8'd0};
        part_d = part_q + 2'd1;
        if (last_part) begin
          state_d = last_word ? Command : Access;
          index_d = index_q + 8'd1;
          if (!fixed_q) address_d = next_address;
          arvalid_d = !last_word && !address_d[23];
        end
      end
    endcase

    // A byte is missing: what comes is in the middle of something.
    if (rx_error || rx_valid && byte_valid_q) deaf_d = 1'b1;
    if (deaf_q) byte_valid_d = 1'b0;
    if (silent) begin
      deaf_d = 1'b0;
      byte_valid_d = 1'b0;
      if (receiving) state_d = Command;
    end
  end

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= Command;
      deaf_q <= 1'b1;
      byte_valid_q <= 1'b0;
      awvalid_q <= 1'b0;
      wvalid_q <= 1'b0;
      arvalid_q <= 1'b0;
    end else begin
      state_q <= state_d;
      deaf_q <= deaf_d;
      byte_valid_q <= byte_valid_d;
      awvalid_q <= awvalid_d;
      wvalid_q <= wvalid_d;
      arvalid_q <= arvalid_d;
    end
  end

  always @(posedge clk_i) begin
    if (rx_valid) byte_q <= rx_data;
    write_q <= write_d;
    fixed_q <= fixed_d;
    words_q <= words_d;
    index_q <= index_d;
    part_q <= part_d;
    address_q <= address_d;
    word_q <= word_d;
  end

  lockarb_ram #(
      .Width    (32),
      .AddrWidth(8)
  ) u_words (
      .clk_i  (clk_i),
      .we_i   (store),
      .waddr_i(index_q),
      .wdata_i(shifted),
      .re_i   (state_q == Fetch),
      .raddr_i(index_q),
      .rdata_o(m_axil_wdata)
  );

  lockarb_uart #(
      .ClockHz(ClockHz),
      .Baud   (Baud),
      .Timeout(Timeout)
  ) u_uart (
      .clk_i     (clk_i),
      .rst_ni    (rst_ni),
      .uart_rx_i (uart_rx_i),
      .uart_tx_o (uart_tx_o),
      .rx_valid_o(rx_valid),
      .rx_data_o (rx_data),
      .rx_error_o(rx_error),
      .silent_o  (silent),
      .tx_valid_i(state_q == Send),
      .tx_data_i (word_q[31:24]),
      .tx_ready_o(tx_ready)
  );

  localparam [2:0] Privileged = 3'b001;
  assign m_axil_awaddr = {address_q[22:0], 2'b00};
  assign m_axil_awprot = Privileged;
  assign m_axil_awuser = address_q[22:18];
  assign m_axil_awvalid = awvalid_q;
  assign m_axil_wstrb = 4'b1111;
  assign m_axil_wvalid = wvalid_q;
  assign m_axil_bready = 1'b1;
  assign m_axil_araddr = {address_q[22:0], 2'b00};
  assign m_axil_arprot = Privileged;
  assign m_axil_aruser = address_q[22:18];
  assign m_axil_arvalid = arvalid_q;
  assign m_axil_rready = 1'b1;
  assign deaf_o = deaf_q;
  assign bus_error_o = bus_error;

  // SLVERR and DECERR are the same here.
  wire unused_resp = &{1'b0, m_axil_bresp[0], m_axil_rresp[0]};

endmodule

`default_nettype wire
