/* SPDX-License-Identifier: Apache-2.0 */
/* Each header is asked for by another name than it has, as Windows' file systems allow. */
#include <NTDDK.H>
#include <Ntifs.h>
#include <StdArg.h>

#include "FatProcs.h"
#include "Inc/FatData.h"
#include "inc\FatMore.h"

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  UNREFERENCED_PARAMETER(DriverObject);
  UNREFERENCED_PARAMETER(RegistryPath);
  return FAT_PROCS + FAT_DATA + FAT_MORE == 6 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
