/* SPDX-License-Identifier: Apache-2.0 */
/** Annotations of parameters, results and fields: no meaning here. */
#ifndef LOCKARB_SAL_H_
#define LOCKARB_SAL_H_

#define _In_
#define _In_opt_
#define _In_z_
#define _In_opt_z_
#define _Out_
#define _Out_opt_
#define _Inout_
#define _Inout_opt_
#define _Inout_z_
#define _Inout_opt_z_
#define _Outptr_
#define _Outptr_opt_
#define _Outptr_result_maybenull_
#define _Outptr_opt_result_maybenull_
#define _Outptr_result_nullonfailure_
#define _Outptr_result_z_
#define _Outref_
#define _COM_Outptr_
#define _Reserved_
#define _Unreferenced_parameter_
#define _Const_
#define _Pre_valid_
#define _Pre_maybenull_
#define _Pre_null_
#define _Pre_notnull_
#define _Pre_invalid_
#define _Pre_z_
#define _Post_valid_
#define _Post_invalid_
#define _Post_maybenull_
#define _Post_null_
#define _Post_notnull_
#define _Post_ptr_invalid_
#define _Post_z_
#define _Pre_
#define _Post_
#define _Notnull_
#define _Maybenull_
#define _Null_
#define _Null_terminated_
#define _NullNull_terminated_
#define _Valid_
#define _Notvalid_
#define _Notref_
#define _Deref_
#define _Points_to_data_
#define _Maybe_raises_SEH_exception_
#define _Ret_
#define _Ret_z_
#define _Ret_maybenull_
#define _Ret_maybenull_z_
#define _Ret_notnull_
#define _Ret_null_
#define _Ret_valid_
#define _Must_inspect_result_
#define _Check_return_
#define _Use_decl_annotations_
#define _Field_z_
#define _Printf_format_string_
#define _Scanf_format_string_
#define _Literal_
#define _Notliteral_
#define _Enum_is_bitflag_
#define _Strict_type_match_
#define _Always_(annotations)
#define _Struct_size_bytes_(size)

#define _In_reads_(a)
#define _In_reads_opt_(a)
#define _In_reads_bytes_(a)
#define _In_reads_bytes_opt_(a)
#define _In_reads_z_(a)
#define _In_reads_opt_z_(a)
#define _In_reads_or_z_(a)
#define _Out_writes_(a)
#define _Out_writes_opt_(a)
#define _Out_writes_bytes_(a)
#define _Out_writes_bytes_opt_(a)
#define _Out_writes_all_(a)
#define _Out_writes_all_opt_(a)
#define _Out_writes_bytes_all_(a)
#define _Out_writes_bytes_all_opt_(a)
#define _Out_writes_z_(a)
#define _Out_writes_opt_z_(a)
#define _Inout_updates_(a)
#define _Inout_updates_opt_(a)
#define _Inout_updates_bytes_(a)
#define _Inout_updates_bytes_opt_(a)
#define _Inout_updates_all_(a)
#define _Inout_updates_bytes_all_(a)
#define _Inout_updates_z_(a)
#define _Outptr_result_buffer_(a)
#define _Outptr_result_bytebuffer_(a)
#define _Outptr_result_buffer_maybenull_(a)
#define _Outptr_result_bytebuffer_maybenull_(a)
#define _Outptr_opt_result_buffer_(a)
#define _Outptr_opt_result_bytebuffer_(a)
#define _Ret_writes_(a)
#define _Ret_writes_z_(a)
#define _Ret_writes_bytes_(a)
#define _Ret_writes_maybenull_(a)
#define _Ret_writes_bytes_maybenull_(a)
#define _Field_size_(a)
#define _Field_size_opt_(a)
#define _Field_size_full_(a)
#define _Field_size_bytes_(a)
#define _Field_size_bytes_opt_(a)
#define _Field_size_bytes_full_(a)
#define _Success_(a)
#define _Return_type_success_(a)
#define _On_failure_(a)
#define _Satisfies_(a)
#define _Pre_satisfies_(a)
#define _Post_satisfies_(a)
#define _Analysis_assume_(a)
#define _Analysis_assume_nullterminated_(a)
#define _Pre_readable_size_(a)
#define _Pre_readable_byte_size_(a)
#define _Pre_writable_size_(a)
#define _Pre_writable_byte_size_(a)
#define _Post_readable_size_(a)
#define _Post_readable_byte_size_(a)
#define _Post_writable_size_(a)
#define _Post_writable_byte_size_(a)
#define _Readable_bytes_(a)
#define _Readable_elements_(a)
#define _Writable_bytes_(a)
#define _Writable_elements_(a)
#define _Group_(a)

#define _In_range_(a, b)
#define _Out_range_(a, b)
#define _Inout_range_(a, b)
#define _Ret_range_(a, b)
#define _Deref_in_range_(a, b)
#define _Deref_out_range_(a, b)
#define _Deref_inout_range_(a, b)
#define _Deref_ret_range_(a, b)
#define _Field_range_(a, b)
#define _When_(a, b)
#define _At_(a, b)
#define _Out_writes_to_(a, b)
#define _Out_writes_to_opt_(a, b)
#define _Out_writes_bytes_to_(a, b)
#define _Out_writes_bytes_to_opt_(a, b)
#define _Inout_updates_to_(a, b)
#define _Inout_updates_bytes_to_(a, b)
#define _Outptr_result_buffer_to_(a, b)
#define _Outptr_result_bytebuffer_to_(a, b)
#define _Ret_writes_to_(a, b)
#define _Ret_writes_bytes_to_(a, b)
#define _At_buffer_(a, b, c, d)

#endif
