enum { mortise_automated = 1 };
