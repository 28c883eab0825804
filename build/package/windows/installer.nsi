; The installer for Windows, for one user, without an administrator. Made by
; makensis with these definitions:
;
;   VERSION   as it is shown         NUMBER     as four numbers
;   FILES     folder of what is installed, complete
;   WEBVIEW   Microsoft's small installer of WebView2, which the window needs
;   OUT       the installer to make
;   TARGET    another kind of installer than the usual one, which is a 32-bit program:
;             amd64-unicode runs under a Wine that knows 64-bit programs only

!ifdef TARGET
  Target ${TARGET}
!else
  Unicode true
!endif
SetCompressor /SOLID lzma
SetCompressorDictSize 32

!include "MUI2.nsh"
!include "LogicLib.nsh"
!include "FileFunc.nsh"
!include "WinVer.nsh"
!include "x64.nsh"

!define NAME "Mortise Studio"
!define PROGRAM "Mortise Studio.exe"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\Mortise"
!define WEBVIEWKEY "Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}"

Name "${NAME}"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\Mortise"
InstallDirRegKey HKCU "${UNINSTALL}" "InstallLocation"
RequestExecutionLevel user
ManifestDPIAware true
ManifestSupportedOS all
BrandingText "Mortise ${VERSION}"

VIProductVersion "${NUMBER}"
VIFileVersion "${NUMBER}"
VIAddVersionKey "ProductName" "${NAME}"
VIAddVersionKey "FileDescription" "Installs ${NAME}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "LegalCopyright" "Apache License 2.0"

!define MUI_ICON "${FILES}\mortise.ico"
!define MUI_UNICON "${FILES}\mortise.ico"
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN "$INSTDIR\${PROGRAM}"
!define MUI_FINISHPAGE_RUN_TEXT "Open ${NAME}"
!insertmacro MUI_PAGE_LICENSE "${FILES}\LICENSE.txt"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

Function .onInit
  ${IfNot} ${RunningX64}
    MessageBox MB_OK|MB_ICONSTOP "${NAME} is for 64-bit Windows." /SD IDOK
    Abort
  ${EndIf}
  ${IfNot} ${AtLeastWin10}
    MessageBox MB_OK|MB_ICONSTOP "${NAME} is for Windows 10 and later." /SD IDOK
    Abort
  ${EndIf}
FunctionEnd

; A program that runs cannot be replaced or removed: ask until it was closed. Nobody
; can be asked in silence, so that ends there.
!macro CLOSED file action
  ${Do}
    ClearErrors
    ${If} ${FileExists} "$INSTDIR\${file}"
      Delete "$INSTDIR\${file}"
    ${EndIf}
    ${IfNot} ${Errors}
      ${ExitDo}
    ${EndIf}
    ${If} ${Cmd} `MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "Mortise is running. Close it, then try again." /SD IDCANCEL IDCANCEL`
      SetErrorLevel 1
      Abort "Mortise is running: ${action} was stopped."
    ${EndIf}
  ${Loop}
!macroend

; The window's part of Edge comes with Windows 11 and with most of Windows 10.
Function WebView
  SetRegView 32
  ReadRegStr $0 HKLM "SOFTWARE\${WEBVIEWKEY}" "pv"
  SetRegView lastused
  ${If} $0 == ""
    ReadRegStr $0 HKCU "Software\${WEBVIEWKEY}" "pv"
  ${EndIf}
  ${If} $0 != ""
  ${AndIf} $0 != "0.0.0.0"
    Return
  ${EndIf}
  DetailPrint "Installing Microsoft's WebView2, which is downloaded"
  InitPluginsDir
  File "/oname=$PLUGINSDIR\webview2.exe" "${WEBVIEW}"
  ExecWait '"$PLUGINSDIR\webview2.exe" /silent /install' $0
  ${If} $0 != 0
    MessageBox MB_OK|MB_ICONINFORMATION "Microsoft's WebView2 could not be installed ($0); it is downloaded, which needs a network. Until it is there, the Studio opens in a browser: mortise studio --web" /SD IDOK
  ${EndIf}
FunctionEnd

Section "Mortise"
  SetShellVarContext current
  SetOutPath "$INSTDIR"
  !insertmacro CLOSED "mortise.exe" "the installation"
  !insertmacro CLOSED "${PROGRAM}" "the installation"
  File "${FILES}\*.*"
  CreateShortCut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\${PROGRAM}" "" "$INSTDIR\mortise.ico" 0 SW_SHOWNORMAL "" "Make, edit, run and watch integration projects"

  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "${NAME}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\mortise.ico"
  WriteRegStr HKCU "${UNINSTALL}" "Publisher" "Mortise"
  WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  WriteRegDWORD HKCU "${UNINSTALL}" "EstimatedSize" $0

  ; The makers of installers cut a long PATH off; this program does not.
  ExecWait '"$INSTDIR\${PROGRAM}" -add-path' $0
  ${If} $0 != 0
    DetailPrint "The folder could not be put onto your PATH: in a terminal, type $INSTDIR\mortise"
  ${EndIf}
  Call WebView
SectionEnd

; Projects, settings and keys are the user's and stay.
Section "Uninstall"
  SetShellVarContext current
  !insertmacro CLOSED "mortise.exe" "the removal"
  ExecWait '"$INSTDIR\${PROGRAM}" -remove-path'
  !insertmacro CLOSED "${PROGRAM}" "the removal"
  Delete "$INSTDIR\mortise.ico"
  Delete "$INSTDIR\LICENSE.txt"
  Delete "$INSTDIR\LICENSES-OTHERS.txt"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\${NAME}.lnk"
  DeleteRegKey HKCU "${UNINSTALL}"
SectionEnd
