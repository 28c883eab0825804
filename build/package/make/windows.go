package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tc-hib/winres"
	wversion "github.com/tc-hib/winres/version"
)

// forWindows makes the installer.
func (m *maker) forWindows(ctx context.Context) error {
	files := filepath.Join(m.work, "windows")
	icon, err := m.windowsIcon()
	if err != nil {
		return err
	}
	for name, from := range map[string]string{"mortise.exe": m.windows, "Mortise Studio.exe": m.launcher} {
		if err := m.resources(filepath.Join(files, name), from, icon); err != nil {
			return err
		}
	}
	var ico bytes.Buffer
	if err := icon.SaveICO(&ico); err != nil {
		return err
	}
	if err := write(filepath.Join(files, "mortise.ico"), ico.Bytes(), 0o644); err != nil {
		return err
	}
	if err := copyFile(filepath.Join(files, "LICENSE.txt"), filepath.Join(m.root, "LICENSE"), 0o644); err != nil {
		return err
	}
	others, err := m.others(ctx, m.windows)
	if err != nil {
		return err
	}
	if err := write(filepath.Join(files, "LICENSES-OTHERS.txt"), others, 0o644); err != nil {
		return err
	}
	return m.installer(ctx, files)
}

// installer runs makensis.
func (m *maker) installer(ctx context.Context, files string) error {
	path := m.named("mortise-%s-windows-amd64-setup.exe", m.version.shown)
	wails, err := m.ask(ctx, "list", "-m", "-f", "{{.Dir}}", "github.com/wailsapp/wails/v2")
	if err != nil {
		return err
	}
	args := []string{"-NOCD", "-V2"}
	for _, d := range []struct{ name, path string }{
		{"FILES", files},
		{"OUT", path + ".new"},
		{"WEBVIEW", filepath.Join(wails, "internal", "webview2runtime", "MicrosoftEdgeWebview2Setup.exe")},
	} {
		abs, err := filepath.Abs(d.path)
		if err != nil {
			return err
		}
		args = append(args, "-D"+d.name+"="+abs)
	}
	args = append(args, "-DVERSION="+m.version.shown, "-DNUMBER="+m.version.number, filepath.Join(m.root, "build", "package", "windows", "installer.nsi"))
	if err := tool(ctx, "makensis", args...); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return made(path)
}

func (m *maker) windowsIcon() (*winres.Icon, error) {
	img, err := m.icon()
	if err != nil {
		return nil, err
	}
	return winres.NewIconFromResizedImage(img, []int{256, 128, 64, 48, 32, 24, 16})
}

// resources writes a program with its icon, its version and what Windows wants to
// know of it: that it draws sharply on every screen and needs no administrator.
func (m *maker) resources(to, from string, icon *winres.Icon) error {
	set := winres.ResourceSet{}
	if err := set.SetIcon(winres.ID(1), icon); err != nil {
		return err
	}
	set.SetManifest(winres.AppManifest{
		Identity:       winres.AssemblyIdentity{Name: "Mortise"},
		Description:    "Mortise Studio",
		Compatibility:  winres.Win10AndAbove,
		ExecutionLevel: winres.AsInvoker,
		DPIAwareness:   winres.DPIPerMonitorV2,
		LongPathAware:  true,

		UseCommonControlsV6: true,
	})
	info := wversion.Info{}
	info.SetFileVersion(m.version.number)
	info.SetProductVersion(m.version.number)
	for key, value := range map[string]string{
		wversion.ProductName: "Mortise Studio", wversion.FileDescription: "Mortise Studio", wversion.ProductVersion: m.version.shown,
		wversion.OriginalFilename: filepath.Base(to), wversion.LegalCopyright: "Apache License 2.0",
	} {
		if err := info.Set(wversion.LangDefault, key, value); err != nil {
			return err
		}
	}
	set.SetVersionInfo(info)
	exe, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := set.WriteToEXE(&out, bytes.NewReader(exe)); err != nil {
		return fmt.Errorf("resources of %s: %w", from, err)
	}
	return write(to, out.Bytes(), 0o755)
}
