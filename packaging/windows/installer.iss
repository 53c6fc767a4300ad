; The installer for Windows (Inno Setup 6.3 or newer), made by build.ps1. Names, version, ids and file types are in
; product.iss, which packaging/product_files.py writes.
;
; It installs for one person, without administrator rights, over any older version. What people made with the app -
; queue, profiles, settings - is elsewhere and stays, also when the app is removed.

#include "..\build\product\product.iss"

[Setup]
AppId={#AppId}
AppName={#AppName}
AppVersion={#AppVersion}
AppPublisher={#AppPublisher}
AppPublisherURL={#Homepage}
AppSupportURL={#Homepage}/issues
AppUpdatesURL={#Releases}
VersionInfoVersion={#AppNumbers}
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
; The oldest Windows that Qt runs on: 10, version 1809.
MinVersion=10.0.17763
PrivilegesRequired=lowest
DefaultDirName={autopf}\{#AppName}
DisableProgramGroupPage=yes
LicenseFile=..\..\LICENSE
SetupIconFile=..\build\product\app.ico
UninstallDisplayIcon={app}\{#Program}
OutputDir=..\build\windows
OutputBaseFilename={#Package}-{#AppVersion}-setup
Compression=lzma2/max
SolidCompression=yes
WizardStyle=modern
ChangesAssociations=yes
CloseApplications=yes
RestartApplications=no
#ifdef Signed
; build.ps1 says how "sign" is done.
SignTool=sign
SignedUninstaller=yes
#endif

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"

[Tasks]
Name: "associate"; Description: "Open {#JobSuffix} files with {#AppName}"
Name: "desktop"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked

[InstallDelete]
; Libraries of the version before must not be left among those of this one.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "..\build\bundle\{#Package}\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[Icons]
Name: "{autoprograms}\{#AppName}"; Filename: "{app}\{#Program}"; AppUserModelID: "{#AppUserModelId}"
Name: "{autodesktop}\{#AppName}"; Filename: "{app}\{#Program}"; AppUserModelID: "{#AppUserModelId}"; Tasks: desktop

[Registry]
; What a job file is.
Root: HKA; Subkey: "Software\Classes\{#JobProgId}"; ValueType: string; ValueData: "{#JobName}"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\{#JobProgId}\DefaultIcon"; ValueType: string; ValueData: """{app}\{#Program}"",0"
Root: HKA; Subkey: "Software\Classes\{#JobProgId}\shell\open\command"; ValueType: string; ValueData: """{app}\{#Program}"" ""%1"""
; Its own suffix.
Root: HKA; Subkey: "Software\Classes\{#JobSuffix}"; ValueType: string; ValueData: "{#JobProgId}"; Flags: uninsdeletevalue; Tasks: associate
Root: HKA; Subkey: "Software\Classes\{#JobSuffix}"; ValueType: string; ValueName: "Content Type"; ValueData: "{#JobMimeType}"; Flags: uninsdeletevalue uninsdeletekeyifempty
Root: HKA; Subkey: "Software\Classes\{#JobSuffix}\OpenWithProgids"; ValueType: string; ValueName: "{#JobProgId}"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty
; Windows looks at the last suffix only, and .json is not ours to take: such job files are offered under "Open with".
Root: HKA; Subkey: "Software\Classes\.json\OpenWithProgids"; ValueType: string; ValueName: "{#JobProgId}"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\Applications\{#Program}"; ValueType: string; ValueName: "FriendlyAppName"; ValueData: "{#AppName}"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Applications\{#Program}\SupportedTypes"; ValueType: string; ValueName: "{#JobSuffix}"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\{#Program}\SupportedTypes"; ValueType: string; ValueName: ".json"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\{#Program}\shell\open\command"; ValueType: string; ValueData: """{app}\{#Program}"" ""%1"""

[Run]
Filename: "{app}\{#Program}"; Description: "{cm:LaunchProgram,{#AppName}}"; Flags: nowait postinstall skipifsilent
