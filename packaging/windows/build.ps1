# Makes the installer for Windows from the bundle that packaging/bundle/build made.
#
# It is signed where SIGN_CERTIFICATE holds the SHA-1 thumbprint of a certificate in the person's store; SIGN_TIMESTAMP
# may name another timestamp server. Needs Inno Setup 6.3 or newer, and signtool (Windows SDK) in PATH for signing.

$ErrorActionPreference = 'Stop'
Set-StrictMode -Version Latest

$packaging = Split-Path -Parent $PSScriptRoot
$build = Join-Path $packaging 'build'
$python = Join-Path $build 'environment/Scripts/python.exe'

function Invoke-Program {
    # Runs a program; a failure of it is one of this script.
    param([string] $Program, [string[]] $Arguments)
    & $Program @Arguments
    if ($LASTEXITCODE -ne 0) { throw "$Program failed with $LASTEXITCODE" }
}

function Find-Compiler {
    # The path of Inno Setup's compiler.
    $known = Get-Command 'iscc.exe' -ErrorAction SilentlyContinue
    if ($known) { return $known.Source }
    $path = Join-Path ${env:ProgramFiles(x86)} 'Inno Setup 6/ISCC.exe'
    if (Test-Path $path) { return $path }
    throw 'Inno Setup 6 was not found; install it, or put its folder into PATH.'
}

$compiler = Find-Compiler
Invoke-Program $python @((Join-Path $packaging 'product_files.py'), (Join-Path $build 'product'))

$arguments = @('/Qp', (Join-Path $PSScriptRoot 'installer.iss'))
if ($env:SIGN_CERTIFICATE) {
    $server = if ($env:SIGN_TIMESTAMP) { $env:SIGN_TIMESTAMP } else { 'http://timestamp.digicert.com' }
    $sign = @('sign', '/sha1', $env:SIGN_CERTIFICATE, '/fd', 'sha256', '/tr', $server, '/td', 'sha256')
    Get-ChildItem (Join-Path $build 'bundle') -Recurse -Filter '*.exe' |
        ForEach-Object { Invoke-Program 'signtool.exe' ($sign + $_.FullName) }
    $arguments = @('/DSigned', "/Ssign=signtool.exe $($sign -join ' ') `$f") + $arguments
}
Invoke-Program $compiler $arguments
Get-ChildItem (Join-Path $build 'windows') -Filter '*.exe' | ForEach-Object { $_.FullName }
